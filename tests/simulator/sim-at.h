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

/* An AT port: bytes in, bytes out; echo, backlog, data state, table of commands. It does not know
 * the transport of the bytes. */
typedef struct _SimAt      SimAt;
typedef struct _SimCommand SimCommand;

typedef enum {
    SIM_COMMAND_EXECUTE,
    SIM_COMMAND_QUERY,
    SIM_COMMAND_TEST,
    SIM_COMMAND_SET,
} SimCommandType;

/* Answers by the functions below; without a final result the answer is OK */
typedef void (*SimAtHandler) (SimCommand *command,
                              gpointer    user_data);

/* The commands of a module, used by all its ports */
typedef GHashTable SimAtTable;

SimAtTable     *sim_at_table_new       (void);
void            sim_at_table_add       (SimAtTable   *table,
                                        const gchar  *name,
                                        SimAtHandler  handler,
                                        gpointer      user_data);

/* A command while its handler runs */
SimCommandType  sim_command_get_type   (SimCommand   *command);
/* The whole line, and the command's name in capitals */
const gchar    *sim_command_get_text   (SimCommand   *command);
const gchar    *sim_command_get_name   (SimCommand   *command);
/* The part after '=' (or after the letter of a basic command) */
const gchar    *sim_command_get_args   (SimCommand   *command);
/* The n-th argument, without quotes; NULL if there is none */
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
/* An unsolicited line in the same write as the final result */
void            sim_command_with       (SimCommand   *command,
                                        const gchar  *line);
/* Text input follows: Ctrl-Z ends it with @answer, ESC with OK. Without a prompt everything is
 * taken as text; only ESC ends it, without an answer. */
void            sim_command_prompt     (SimCommand   *command,
                                        gboolean      prompt,
                                        const gchar  *answer);
/* CONNECT, then the data state until +++ or until the port is closed */
void            sim_command_connect    (SimCommand   *command);
void            sim_command_violation  (SimCommand   *command,
                                        const gchar  *reason);

typedef struct {
    SimClock     *clock;
    SimLog       *log;
    SimFaults    *faults;
    SimScenario  *scenario;
    SimAtTable   *table;
    /* The answer of the replayed report, or NULL */
    SimReplay    *replay;
    /* The replayed report shows another state in ^FOTASTATE */
    void        (*played)      (const gchar  *state,
                                gpointer      user_data);
    GRand        *rand;
    guint         module;
    /* Sends bytes to the program that has the port open */
    void        (*output)      (SimAt        *self,
                                const guint8 *data,
                                gsize         length,
                                gpointer      user_data);
    /* A random unsolicited line, or NULL */
    gchar      *(*noise)       (gpointer      user_data);
    /* A fault removes the module */
    void        (*take_away)   (gboolean      power,
                                gdouble       seconds,
                                gpointer      user_data);
    /* The data state has ended */
    void        (*data_ended)  (gpointer      user_data);
    /* Whether the host has lowered DTR, which ends the data state */
    gboolean    (*hung_up)     (SimAt        *self,
                                gpointer      user_data);
    gpointer      user_data;
} SimAtConfig;

SimAt    *sim_at_new          (const SimAtConfig *config);
void      sim_at_free         (SimAt             *self);

void      sim_at_input        (SimAt             *self,
                               const guint8      *data,
                               gsize              length);
/* A program opened or closed the port */
void      sim_at_set_open     (SimAt             *self,
                               gboolean           open);
/* The port is gone, with everything that was on its way */
void      sim_at_unplug       (SimAt             *self);
/* Sends an unsolicited line */
void      sim_at_send_line    (SimAt             *self,
                               const gchar       *line);
void      sim_at_send_raw     (SimAt             *self,
                               const guint8      *data,
                               gsize              length);
/* While not ready (booting), nothing is answered, or everything later */
void      sim_at_set_ready    (SimAt             *self,
                               gboolean           ready);
/* The state after power-up: echo on, no command, no backlog */
void      sim_at_reset        (SimAt             *self);
void      sim_at_set_data     (SimAt             *self,
                               gboolean           data);
gboolean  sim_at_get_data     (SimAt             *self);
/* Releases an answer that a fault holds back */
gboolean  sim_at_continue     (SimAt             *self);
gboolean  sim_at_get_echo     (SimAt             *self);
void      sim_at_set_echo     (SimAt             *self,
                               gboolean           echo);
void      sim_at_set_errors   (SimAt             *self,
                               gint               mode);
gint      sim_at_get_errors   (SimAt             *self);
/* Simulated seconds during which a command was in work */
gdouble   sim_at_get_busy     (SimAt             *self);

/* The same line with other blanks after the colon and commas */
gchar    *sim_at_space        (const gchar       *line,
                               GRand             *rand);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimAt, sim_at_free)

#endif /* SIM_AT_H */
