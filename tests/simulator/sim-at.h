/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_AT_H
#define SIM_AT_H

#include <glib.h>

#include "sim-clock.h"
#include "sim-fault.h"
#include "sim-log.h"
#include "sim-replay.h"
#include "sim-scenario.h"

/* An AT port: bytes in, bytes out; echo, backlog, data state, the table of
 * commands. It knows nothing of what carries the bytes. */
typedef struct _SimAt      SimAt;
typedef struct _SimCommand SimCommand;

typedef enum {
    SIM_COMMAND_EXECUTE,
    SIM_COMMAND_QUERY,
    SIM_COMMAND_TEST,
    SIM_COMMAND_SET,
} SimCommandType;

/* Answers with the functions below; a handler that gives no final result
 * means OK. */
typedef void (*SimAtHandler) (SimCommand *command,
                              gpointer    user_data);

/* The commands of a module, shared by its ports */
typedef GHashTable SimAtTable;

SimAtTable     *sim_at_table_new       (void);
void            sim_at_table_add       (SimAtTable   *table,
                                        const gchar  *name,
                                        SimAtHandler  handler,
                                        gpointer      user_data);

/* A command while its handler runs */
SimCommandType  sim_command_get_type   (SimCommand   *command);
/* The whole line, and this command's name in capitals */
const gchar    *sim_command_get_text   (SimCommand   *command);
const gchar    *sim_command_get_name   (SimCommand   *command);
/* What follows the '=' (or the letter of a basic command) */
const gchar    *sim_command_get_args   (SimCommand   *command);
/* The n-th argument without quotes; NULL if there are fewer */
const gchar    *sim_command_get_arg    (SimCommand   *command,
                                        guint         n);
gint            sim_command_get_int    (SimCommand   *command,
                                        guint         n,
                                        gint          missing);
guint           sim_command_get_n_args (SimCommand   *command);
SimAt          *sim_command_get_at     (SimCommand   *command);
void            sim_command_info       (SimCommand   *command,
                                        const gchar  *format,
                                        ...) G_GNUC_PRINTF (2, 3);
void            sim_command_final      (SimCommand   *command,
                                        const gchar  *final);
void            sim_command_error      (SimCommand   *command);
void            sim_command_cme        (SimCommand   *command,
                                        guint         code,
                                        const gchar  *text);
/* A line that comes by itself, in the same write as the final result */
void            sim_command_with       (SimCommand   *command,
                                        const gchar  *line);
/* What comes next is text: Ctrl-Z ends it and gives @answer, ESC an OK. Without a prompt
 * all is swallowed, and only ESC ends it, without an answer */
void            sim_command_prompt     (SimCommand   *command,
                                        gboolean      prompt,
                                        const gchar  *answer);
/* CONNECT, then data state until +++ or the port is closed */
void            sim_command_connect    (SimCommand   *command);
void            sim_command_violation  (SimCommand   *command,
                                        const gchar  *reason);

typedef struct {
    SimClock     *clock;
    SimLog       *log;
    SimFaults    *faults;
    SimScenario  *scenario;
    SimAtTable   *table;
    /* Answers as a unit did, or NULL */
    SimReplay    *replay;
    /* A report has told another state of ^FOTASTATE */
    void        (*played)      (const gchar  *state,
                                gpointer      user_data);
    GRand        *rand;
    guint         module;
    /* Bytes for whoever has the port open */
    void        (*output)      (SimAt        *self,
                                const guint8 *data,
                                gsize         length,
                                gpointer      user_data);
    /* A line of noise, or NULL */
    gchar      *(*noise)       (gpointer      user_data);
    /* A fault takes the module away */
    void        (*take_away)   (gboolean      power,
                                gdouble       seconds,
                                gpointer      user_data);
    /* Data state was left */
    void        (*data_ended)  (gpointer      user_data);
    /* Whether the host has dropped DTR, which ends data state */
    gboolean    (*hung_up)     (SimAt        *self,
                                gpointer      user_data);
    gpointer      user_data;
} SimAtConfig;

SimAt    *sim_at_new          (const SimAtConfig *config);
void      sim_at_free         (SimAt             *self);

void      sim_at_input        (SimAt             *self,
                               const guint8      *data,
                               gsize              length);
/* Somebody opened or closed the port */
void      sim_at_set_open     (SimAt             *self,
                               gboolean           open);
/* The port is gone, and what was on its way with it */
void      sim_at_unplug       (SimAt             *self);
/* An unsolicited line */
void      sim_at_send_line    (SimAt             *self,
                               const gchar       *line);
void      sim_at_send_raw     (SimAt             *self,
                               const guint8      *data,
                               gsize              length);
/* Not ready: nothing is answered (the module boots), or all of it when it is ready */
void      sim_at_set_ready    (SimAt             *self,
                               gboolean           ready);
/* Everything as after power-up: echo on, no command, no backlog */
void      sim_at_reset        (SimAt             *self);
void      sim_at_set_data     (SimAt             *self,
                               gboolean           data);
gboolean  sim_at_get_data     (SimAt             *self);
/* Lets an answer go that a stop fault holds */
gboolean  sim_at_continue     (SimAt             *self);
gboolean  sim_at_get_echo     (SimAt             *self);
void      sim_at_set_echo     (SimAt             *self,
                               gboolean           echo);
void      sim_at_set_errors   (SimAt             *self,
                               gint               mode);
gint      sim_at_get_errors   (SimAt             *self);
/* Simulated seconds during which a command was being worked on */
gdouble   sim_at_get_busy     (SimAt             *self);

/* The same line with other blanks after colon and commas */
gchar    *sim_at_space        (const gchar       *line,
                               GRand             *rand);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimAt, sim_at_free)

#endif /* SIM_AT_H */
