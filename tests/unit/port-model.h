/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Models ModemManager's serial port as far as pieces matter: input goes to its own handlers, then
 * to the reader; an answer consumes all input. The output is a string: "[line]" for each line
 * handed over, "{answer}" for an answer.
 */

#ifndef PORT_MODEL_H
#define PORT_MODEL_H

#include <glib.h>

#include "mm-tdtech-reader.h"

typedef void (* PortModelFunc) (const gchar *line,     /* NULL: an answer */
                                const gchar *answer,
                                gpointer     user_data);

typedef struct {
    MMTdtechReader *reader;
    GString        *buffer;
    GString        *log;
    /* What ModemManager's own handlers got: it has no order against the rest */
    GString        *own;
    gboolean        no_handlers;
    gboolean        asked;    /* somebody waits for an answer */
    PortModelFunc   func;     /* may be NULL */
    gpointer        user_data;
} PortModel;

void port_model_init  (PortModel   *self);
void port_model_clear (PortModel   *self);
/* A command is sent: the next final result is its answer's */
void port_model_ask   (PortModel   *self);
/* One read */
void port_model_read  (PortModel   *self,
                       const gchar *data,
                       gsize        length);
/* The main loop is idle: after each read, or after some */
void port_model_idle  (PortModel   *self);

#endif /* PORT_MODEL_H */
