/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * ModemManager's ports, port probes and kernel devices, as far as the plugin sees them, and a
 * module at the other end of an AT port that says what the test has written down.
 *
 * Commands are told without "AT" and <CR>, unless they were sent raw. One that nothing was
 * written down for is answered with ERROR, and fails the test.
 */

#ifndef FAKE_PORT_H
#define FAKE_PORT_H

#include "mm-base-modem.h"
#include "mm-kernel-device.h"
#include "mm-port-probe.h"
#include "mm-port-serial-at.h"

/*****************************************************************************/
/* Kernel devices and probes */

MMKernelDevice *fake_kernel_device_new (const gchar *subsystem,
                                        const gchar *name,
                                        guint16      product,
                                        gint         interface_class,
                                        gint         interface_protocol,
                                        const gchar *physdev_sysfs_path);

MMPortProbe    *fake_port_probe_new           (MMKernelDevice *device,
                                               MMPortType      type);
/* -1: nothing was said */
gint            fake_port_probe_get_result_at (MMPortProbe    *self);

/*****************************************************************************/
/* Ports */

MMPort         *fake_net_port_new    (const gchar    *device);
MMPort         *fake_port_new        (MMKernelDevice *device,
                                      MMPortType      type);
MMPortSerialAt *fake_at_port_new     (const gchar    *device);
MMPortSerialAt *fake_at_port_new_for (MMKernelDevice *device);

/* The next mm_port_serial_open () fails */
void  fake_port_refuse_open (MMPortSerialAt *self);
guint fake_port_n_opened    (MMPortSerialAt *self);
guint fake_port_n_handlers_enabled (MMPortSerialAt *self);
/* ModemManager's parsers that somebody still has, of all ports */
gint  fake_port_n_parsers   (void);

/* The port is gone: what was asked is answered with an error */
void  fake_port_pull        (MMPortSerialAt *self);

/*****************************************************************************/
/* The module's side */

typedef void (* FakeFunc) (gpointer user_data);

/* How one command is answered. Whoever got it from one of the functions below may change it
 * until the main loop runs. */
typedef struct {
    gchar    *command;      /* with * and ? as wildcards; g_pattern_match_simple () */
    gchar    *bytes;        /* NULL: none */
    GError   *error;        /* ModemManager's own, instead of bytes */
    gboolean  silent;       /* ModemManager's time limit passes */
    gboolean  hangs;        /* until fake_port_complete () */
    guint     delay;        /* seconds until the answer comes */
    guint     pieces;       /* bytes that one read gives; 0: all */
    gboolean  forever;      /* not only once; the ones that are not come first */
    FakeFunc  func;         /* called when the command arrives */
    gpointer  user_data;
} FakeReply;

/* @lines: of the answer, separated by \n; NULL or empty: OK alone */
FakeReply *fake_port_answer   (MMPortSerialAt *self,
                               const gchar    *command,
                               const gchar    *lines);
/* @result: a final result other than OK */
FakeReply *fake_port_fail     (MMPortSerialAt *self,
                               const gchar    *command,
                               const gchar    *result);
/* @bytes: as they come */
FakeReply *fake_port_send     (MMPortSerialAt *self,
                               const gchar    *command,
                               const gchar    *bytes);
FakeReply *fake_port_silence  (MMPortSerialAt *self,
                               const gchar    *command);
FakeReply *fake_port_hang     (MMPortSerialAt *self,
                               const gchar    *command);
FakeReply *fake_port_error    (MMPortSerialAt *self,
                               const gchar    *command,
                               GQuark          domain,
                               gint            code);
/* The command that hangs is answered */
void       fake_port_complete (MMPortSerialAt *self,
                               const gchar    *lines);
gboolean   fake_port_is_hanging (MMPortSerialAt *self);

/* A line that comes by itself, at once; and bytes as they come */
void       fake_port_say       (MMPortSerialAt *self,
                                const gchar    *line);
void       fake_port_say_bytes (MMPortSerialAt *self,
                                const gchar    *bytes);
/* What was neither a handler's nor an answer, and waits in the port */
const gchar *fake_port_peek_buffer (MMPortSerialAt *self);

/* What was sent since the last call, separated by a space; and how often one of them */
gchar     *fake_port_take_sent  (MMPortSerialAt *self);
void       fake_port_forget     (MMPortSerialAt *self);
guint      fake_port_count_sent (MMPortSerialAt *self,
                                 const gchar    *pattern);
gboolean   fake_port_was_sent   (MMPortSerialAt *self,
                                 const gchar    *pattern);
/* No reply is to be left over */
void       fake_port_assert_all_asked (MMPortSerialAt *self);

#define fake_port_assert_sent(self, expected) \
    G_STMT_START { \
        g_autofree gchar *sent_commands = fake_port_take_sent (self); \
        g_assert_cmpstr (sent_commands, ==, expected); \
    } G_STMT_END

/*****************************************************************************/
/* Steps. Each thing that ModemManager completes is one; before or after the nth from now on
 * @func is called, once. */

typedef enum {
    FAKE_STEP_BEFORE,
    FAKE_STEP_AFTER,
} FakeStepWhen;

void     fake_steps_begin (guint         nth,
                           FakeStepWhen  when,
                           FakeFunc      func,
                           gpointer      user_data);
/* Whether there were that many */
gboolean fake_steps_end   (void);

/* For the other parts of the fake daemon: returns from @task, as the next step */
void     fake_step_return_pointer (GTask          *task,
                                   gpointer        result,
                                   GDestroyNotify  destroy);
void     fake_step_return_boolean (GTask          *task,
                                   gboolean        result);
void     fake_step_return_int     (GTask          *task,
                                   gssize          result);
void     fake_step_return_error   (GTask          *task,
                                   GError         *error);

#endif /* FAKE_PORT_H */
