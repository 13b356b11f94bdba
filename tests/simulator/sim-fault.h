/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <glib.h>
#include <json-glib/json-glib.h>

#include "sim-log.h"

typedef enum {
    /* Instead of the command, which is not executed */
    SIM_FAULT_ERROR,
    SIM_FAULT_CME,
    SIM_FAULT_NOT_SUPPORT,
    /* These change the answer of a command that is executed */
    SIM_FAULT_SILENT,
    SIM_FAULT_GARBAGE,
    SIM_FAULT_CUT,
    SIM_FAULT_DELAY,
    SIM_FAULT_STOP,
    SIM_FAULT_RAW,
    SIM_FAULT_GLUED,
    SIM_FAULT_OK_TWICE,
    SIM_FAULT_NUL,
    /* These remove the module, before or after the command */
    SIM_FAULT_UNPLUG,
    SIM_FAULT_POWER_CYCLE,
    /* These are about an unsolicited line */
    SIM_FAULT_URC_LOST,
    SIM_FAULT_URC_DOUBLED,
} SimFaultKind;

typedef struct {
    guint         id;
    SimFaultKind  kind;
    /* Which command or line, and which occurrence of it; or which exchange */
    gchar        *pattern;
    guint64       occurrence;
    guint64       exchange;
    /* How many times in a row; 0: always */
    guint         count;
    gboolean      execute;
    gboolean      after;
    gchar        *text;
    GBytes       *data;
    gdouble       seconds;
    guint64       seen;
    guint64       hits;
} SimFault;

/* The pending faults of one module */
typedef struct _SimFaults SimFaults;

SimFaults *sim_faults_new         (SimLog       *log,
                                   guint         module);
void       sim_faults_free        (SimFaults    *self);
guint      sim_faults_add         (SimFaults    *self,
                                   JsonObject   *object,
                                   GError      **error);
gboolean   sim_faults_add_list    (SimFaults    *self,
                                   const gchar  *json,
                                   GError      **error);
void       sim_faults_clear       (SimFaults    *self);
guint64    sim_faults_get_hits    (SimFaults    *self);
guint      sim_faults_get_pending (SimFaults    *self);

/* The fault that applies now, owned by the caller; or NULL */
SimFault  *sim_faults_command     (SimFaults    *self,
                                   const gchar  *command,
                                   guint64       exchange);
SimFault  *sim_faults_urc         (SimFaults    *self,
                                   const gchar  *line);
void       sim_fault_free         (SimFault     *fault);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimFault, sim_fault_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimFaults, sim_faults_free)

#endif /* SIM_FAULT_H */
