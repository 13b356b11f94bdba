/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * ModemManager's modems, SIMs, calls and plugins. What the generic modem would ask a module for
 * is answered with what the test has set (fake_modem_set_generic ()).
 */

#ifndef FAKE_MODEM_H
#define FAKE_MODEM_H

#include "fake-bearer.h"
#include "fake-port.h"

#include "mm-base-call.h"
#include "mm-base-sim.h"
#include "mm-broadband-modem.h"
#include "mm-call-list.h"
#include "mm-iface-modem-3gpp.h"
#include "mm-iface-modem.h"

/*****************************************************************************/
/* Modems. FakeModem is one without the plugin's own code. */

#define FAKE_TYPE_MODEM fake_modem_get_type ()
G_DECLARE_FINAL_TYPE (FakeModem, fake_modem, FAKE, MODEM, MMBroadbandModem)

/* With an AT port "ttyUSB0" as the primary one, an empty bearer list, registered at home,
 * state REGISTERED, the equipment identifier of the tests, and all that is asked for granted */
MMBaseModem *fake_modem_new        (GType        type);

#define FAKE_MODEM_IMEI "867000000000001"

/* Called when the modem is disposed of, before the ports go */
void  fake_modem_set_dispose_func  (MMBaseModem *self,
                                    FakeFunc     func,
                                    gpointer     user_data);
/* As ModemManager does with one that was unplugged; its owner still has its reference */
void  fake_modem_remove            (MMBaseModem *self);
/* Drops its owner's reference: once there is nothing more to do, nobody else may hold one */
void  fake_modem_free              (MMBaseModem *self);

void  fake_modem_set_primary       (MMBaseModem    *self,
                                    MMPortSerialAt *port);
void  fake_modem_set_secondary     (MMBaseModem    *self,
                                    MMPortSerialAt *port);
/* Takes the port */
void  fake_modem_take_port         (MMBaseModem *self,
                                    MMPort      *port);
void  fake_modem_set_registration  (MMBaseModem                  *self,
                                    MMModem3gppRegistrationState  state);
void  fake_modem_set_state         (MMBaseModem *self,
                                    MMModemState state);
/* Bearers and calls that the modem has from now on; NULL: not yet there */
void          fake_modem_set_bearers  (MMBaseModem  *self,
                                       MMBearerList *bearers);
MMBearerList *fake_modem_peek_bearers (MMBaseModem  *self);
void          fake_modem_set_calls    (MMBaseModem  *self,
                                       MMCallList   *calls);
void          fake_modem_set_sim      (MMBaseModem  *self,
                                       MMBaseSim    *sim);
gboolean      fake_modem_wants_reprobe (MMBaseModem *self);
/* The signal quality that was reported last; G_MAXUINT: none */
guint         fake_modem_get_quality  (MMBaseModem  *self);
gchar        *fake_modem_dup_numbers  (MMBaseModem  *self);
/* "name:type:flags" of each port that was grabbed */
gchar        *fake_modem_dup_grabbed  (MMBaseModem  *self);

/*****************************************************************************/
/* What the generic modem does, by the names of its methods ("load_model"). NULL: an error. What
 * hangs is answered by going on. */

void   fake_modem_set_generic  (MMBaseModem *self,
                                const gchar *method,
                                const gchar *value);
void   fake_modem_hang_generic (MMBaseModem *self,
                                const gchar *method);
void   fake_modem_go_on        (MMBaseModem *self);
/* What was called since the last time, separated by a space */
gchar *fake_modem_take_called  (MMBaseModem *self);

#define fake_modem_assert_called(self, expected) \
    G_STMT_START { \
        g_autofree gchar *called_methods = fake_modem_take_called (self); \
        g_assert_cmpstr (called_methods, ==, expected); \
    } G_STMT_END

/*****************************************************************************/
/* Authorization */

typedef enum {
    FAKE_AUTHORIZATION_GRANTED,
    FAKE_AUTHORIZATION_DENIED,
    FAKE_AUTHORIZATION_LATE,      /* until fake_modem_authorize_now () */
    FAKE_AUTHORIZATION_LOST,      /* polkit went away: an error of D-Bus */
    FAKE_AUTHORIZATION_CANCELLED, /* the modem goes: the daemon waits for polkit no longer */
} FakeAuthorization;

void   fake_modem_set_authorization   (MMBaseModem       *self,
                                       FakeAuthorization  authorization);
/* Only for this action, all others are granted */
void   fake_modem_deny                (MMBaseModem       *self,
                                       const gchar       *action);
guint  fake_modem_n_waiting           (MMBaseModem       *self);
void   fake_modem_authorize_now       (MMBaseModem       *self,
                                       gboolean           granted);
/* The last parts of the actions asked for, separated by a space */
gchar *fake_modem_take_authorizations (MMBaseModem       *self);

/*****************************************************************************/
/* Calls */

MMCallList *fake_call_list_new    (void);
MMBaseCall *fake_call_list_add    (MMCallList  *self,
                                   MMCallState  state);
void        fake_call_list_remove (MMCallList  *self,
                                   MMBaseCall  *call);
void        fake_call_set_state   (MMBaseCall  *call,
                                   MMCallState  state);

/*****************************************************************************/
/* SIM: what its three loads give; NULL: an error */

void   fake_sim_set        (MMBaseSim   *self,
                            const gchar *networks,
                            const gchar *gid1,
                            const gchar *gid2);
gchar *fake_sim_take_called (MMBaseSim  *self);
/* Whose it is said to be; not to be looked into, it may be gone */
gpointer fake_sim_peek_modem (MMBaseSim *self);

/*****************************************************************************/
/* Log: warnings since the last call, by line; and messages of all levels */

gchar *fake_log_take_warnings (void);
gchar *fake_log_take          (void);

#define fake_log_assert_warned(pattern) \
    G_STMT_START { \
        g_autofree gchar *warnings = fake_log_take_warnings (); \
        if (!g_pattern_match_simple (pattern, warnings)) \
            g_error ("the warnings are: %s", warnings); \
    } G_STMT_END

/* A pattern of some lines that were said since it was last looked at */
#define fake_log_assert_said(pattern) \
    G_STMT_START { \
        g_autofree gchar *messages = fake_log_take (); \
        if (!g_pattern_match_simple ("*" pattern "*", messages)) \
            g_error ("the messages are: %s", messages); \
    } G_STMT_END

#define fake_log_assert_not_said(pattern) \
    G_STMT_START { \
        g_autofree gchar *messages = fake_log_take (); \
        if (g_pattern_match_simple ("*" pattern "*", messages)) \
            g_error ("the messages are: %s", messages); \
    } G_STMT_END

#endif /* FAKE_MODEM_H */
