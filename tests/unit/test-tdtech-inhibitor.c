/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>

#include "fake-bus.h"
#include "fake-clock.h"
#include "fake-logind.h"
#include "mm-tdtech-inhibitor.h"

#define WAIT_FOR FAKE_CLOCK_WAIT_FOR

/*****************************************************************************/
/* A bus with a logind on it */

typedef enum {
    LOGIND_GIVES,
    LOGIND_REFUSES,
    LOGIND_IS_SILENT,
    LOGIND_GIVES_NOTHING,      /* a reply without a descriptor */
    LOGIND_GIVES_A_WRONG_TYPE,
    LOGIND_GIVES_ANOTHER,      /* one that is not in the reply */
    LOGIND_GIVES_A_NEGATIVE,
} Manner;

typedef struct {
    GTestDBus             *bus;
    GDBusConnection       *connection;
    Manner                 manner;
    guint                  n_calls;
    guint                  n_given;
    guint                  n_freed;
    GDBusMethodInvocation *pending;
} Fixture;

static void
give_lock (Fixture               *fixture,
           GDBusMethodInvocation *invocation,
           gint                   handle)
{
    fake_logind_give_lock (invocation, handle, &fixture->n_freed);
    fixture->n_given++;
}

static GDBusMessage *
wrong_type_filter_cb (GDBusConnection *connection,
                      GDBusMessage    *message,
                      gboolean         incoming,
                      gpointer         user_data)
{
    GDBusMessage *changed;

    if (incoming || g_strcmp0 (g_dbus_message_get_signature (message), "h") != 0)
        return message;
    changed = g_dbus_message_copy (message, NULL);
    g_object_unref (message);
    g_dbus_message_set_body (changed, g_variant_new ("(s)", "lock"));
    return changed;
}

static void
method_call_cb (GDBusConnection       *connection,
                const gchar           *sender,
                const gchar           *path,
                const gchar           *interface,
                const gchar           *method,
                GVariant              *parameters,
                GDBusMethodInvocation *invocation,
                gpointer               user_data)
{
    Fixture     *fixture = user_data;
    const gchar *what;
    const gchar *who;
    const gchar *why;
    const gchar *mode;

    g_variant_get (parameters, "(&s&s&s&s)", &what, &who, &why, &mode);
    g_assert_cmpstr (what, ==, "sleep:shutdown");
    g_assert_cmpstr (who, ==, "ModemManager");
    g_assert_cmpstr (why, !=, "");
    g_assert_cmpstr (mode, ==, "block");

    fixture->n_calls++;
    switch (fixture->manner) {
    case LOGIND_GIVES:
        give_lock (fixture, invocation, 0);
        break;
    case LOGIND_GIVES_ANOTHER:
        give_lock (fixture, invocation, 1);
        break;
    case LOGIND_GIVES_A_NEGATIVE:
        give_lock (fixture, invocation, -1);
        break;
    case LOGIND_REFUSES:
        g_dbus_method_invocation_return_error_literal (invocation, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "no");
        break;
    case LOGIND_GIVES_NOTHING:
    case LOGIND_GIVES_A_WRONG_TYPE:
        g_dbus_method_invocation_return_value (invocation, g_variant_new ("(h)", 0));
        break;
    case LOGIND_IS_SILENT:
        g_assert_null (fixture->pending);
        fixture->pending = invocation;
        break;
    default:
        g_assert_not_reached ();
    }
}

static const GDBusInterfaceVTable vtable = { method_call_cb };

static void
set_up_bus (Fixture       *fixture,
            gconstpointer  data)
{
    fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
    g_test_dbus_up (fixture->bus);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", g_test_dbus_get_bus_address (fixture->bus), TRUE);
    fixture->connection = fake_bus_connect_to (g_test_dbus_get_bus_address (fixture->bus));
}

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
    set_up_bus (fixture, data);
    fake_logind_start (fixture->connection, &vtable, fixture);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
    /* Whatever was given came back */
    WAIT_FOR (fixture->n_freed == fixture->n_given);

    if (fixture->pending)
        g_dbus_method_invocation_return_error_literal (fixture->pending, G_DBUS_ERROR, G_DBUS_ERROR_FAILED, "over");
    if (fixture->connection) {
        g_dbus_connection_close_sync (fixture->connection, NULL, NULL);
        g_object_unref (fixture->connection);
    }
    if (fixture->bus) {
        g_test_dbus_down (fixture->bus);
        g_object_unref (fixture->bus);
    }
    g_unsetenv ("DBUS_SYSTEM_BUS_ADDRESS");
}

/*****************************************************************************/
/* Taking */

typedef struct {
    gboolean  done;
    gboolean  held;
    GError   *error;
} Answer;

static void
answer_clear (Answer *answer)
{
    g_clear_error (&answer->error);
    *answer = (Answer) { 0 };
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

static void
taken_cb (GObject      *source,
          GAsyncResult *res,
          gpointer      user_data)
{
    Answer *answer = user_data;

    g_assert_false (answer->done);
    answer->held = mm_tdtech_inhibitor_take_finish (res, &answer->error);
    g_assert_true (answer->held == (answer->error == NULL));
    answer->done = TRUE;
}

static void
take (const gchar *key,
      Answer      *answer)
{
    mm_tdtech_inhibitor_take (key, NULL, taken_cb, answer);
    g_assert_false (answer->done);
    WAIT_FOR (answer->done);
}

/*****************************************************************************/

static void
test_take_and_release (Fixture       *fixture,
                       gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    take ("1", &answer);
    g_assert_no_error (answer.error);
    g_assert_true (answer.held);
    g_assert_cmpuint (fixture->n_given, ==, 1);
    g_assert_cmpuint (fixture->n_freed, ==, 0);
    mm_tdtech_inhibitor_release ("2");
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
    mm_tdtech_inhibitor_release ("1");
}

/* Held after the death of its owner: only the key counts */
static void
test_twice (Fixture       *fixture,
            gconstpointer  data)
{
    g_auto(Answer) first = { 0 };
    g_auto(Answer) second = { 0 };

    take ("1", &first);
    take ("1", &second);
    g_assert_true (first.held && second.held);
    g_assert_cmpuint (fixture->n_calls, ==, 1);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
}

static void
test_twice_at_once (Fixture       *fixture,
                    gconstpointer  data)
{
    g_auto(Answer) first = { 0 };
    g_auto(Answer) second = { 0 };

    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &first);
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &second);
    WAIT_FOR (first.done && second.done);
    g_assert_true (first.held && second.held);
    g_assert_cmpuint (fixture->n_calls, ==, 1);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
}

static void
test_two_modules (Fixture       *fixture,
                  gconstpointer  data)
{
    g_auto(Answer) first = { 0 };
    g_auto(Answer) second = { 0 };

    take ("1", &first);
    take ("2", &second);
    g_assert_cmpuint (fixture->n_given, ==, 2);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
    mm_tdtech_inhibitor_release ("2");
    WAIT_FOR (fixture->n_freed == 2);
}

static void
test_again (Fixture       *fixture,
            gconstpointer  data)
{
    guint i;

    for (i = 1; i <= 3; i++) {
        g_auto(Answer) answer = { 0 };

        take ("1", &answer);
        g_assert_true (answer.held);
        mm_tdtech_inhibitor_release ("1");
        WAIT_FOR (fixture->n_freed == i);
    }
}

/*****************************************************************************/

static void
test_refused (Fixture       *fixture,
              gconstpointer  data)
{
    g_auto(Answer) refused = { 0 };
    g_auto(Answer) given = { 0 };

    fixture->manner = LOGIND_REFUSES;
    take ("1", &refused);
    g_assert_error (refused.error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);

    fixture->manner = LOGIND_GIVES;
    take ("1", &given);
    g_assert_true (given.held);
    mm_tdtech_inhibitor_release ("1");
}

static void
test_no_descriptor (Fixture       *fixture,
                    gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    fixture->manner = LOGIND_GIVES_NOTHING;
    take ("1", &answer);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* What it gives instead is let go */
static void
test_other_descriptor (Fixture       *fixture,
                       gconstpointer  data)
{
    Manner manner;

    for (manner = LOGIND_GIVES_ANOTHER; manner <= LOGIND_GIVES_A_NEGATIVE; manner++) {
        g_auto(Answer) answer = { 0 };

        fixture->manner = manner;
        take ("1", &answer);
        g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
        WAIT_FOR (fixture->n_freed == fixture->n_given);
    }
    g_assert_cmpuint (fixture->n_given, ==, 2);
}

static void
test_wrong_type (Fixture       *fixture,
                 gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    g_dbus_connection_add_filter (fixture->connection, wrong_type_filter_cb, NULL, NULL);
    fixture->manner = LOGIND_GIVES_A_WRONG_TYPE;
    take ("1", &answer);
    g_assert_nonnull (answer.error);
}

static void
test_silent (Fixture       *fixture,
             gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    fixture->manner = LOGIND_IS_SILENT;
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &answer);
    WAIT_FOR (fixture->pending != NULL);
    fake_clock_run_msec (MM_TDTECH_INHIBITOR_ANSWER_MSEC - 1);
    g_assert_false (answer.done);
    fake_clock_run_msec (1);
    WAIT_FOR (answer.done);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/* The lock that comes too late is let go at once */
static void
test_late (Fixture       *fixture,
           gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    fixture->manner = LOGIND_IS_SILENT;
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &answer);
    WAIT_FOR (fixture->pending != NULL);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (answer.done);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    give_lock (fixture, g_steal_pointer (&fixture->pending), 0);
    WAIT_FOR (fixture->n_freed == 1);
}

/* The call that logind answers later, when it gives others theirs at once */
static GDBusMethodInvocation *
take_and_release (Fixture *fixture,
                  Answer  *answer)
{
    fixture->manner = LOGIND_IS_SILENT;
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, answer);
    WAIT_FOR (fixture->pending != NULL);
    mm_tdtech_inhibitor_release ("1");
    fixture->manner = LOGIND_GIVES;
    return g_steal_pointer (&fixture->pending);
}

static void
test_released_and_taken_again (Fixture       *fixture,
                               gconstpointer  data)
{
    g_auto(Answer)         first = { 0 };
    g_auto(Answer)         second = { 0 };
    GDBusMethodInvocation *late;

    late = take_and_release (fixture, &first);
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &second);
    WAIT_FOR (first.done && second.done);
    g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_true (second.held);

    give_lock (fixture, late, 0);
    WAIT_FOR (fixture->n_freed == 1);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 2);
}

/* What becomes of the first says nothing of the second */
static void
test_refused_after_taken_again (Fixture       *fixture,
                                gconstpointer  data)
{
    g_auto(Answer)         first = { 0 };
    g_auto(Answer)         second = { 0 };
    g_auto(Answer)         third = { 0 };
    g_auto(Answer)         other = { 0 };
    GDBusMethodInvocation *late;

    late = take_and_release (fixture, &first);
    take ("1", &second);
    g_assert_true (second.held);
    g_dbus_method_invocation_return_error_literal (late, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED, "no");
    /* By the time that another has come the refusal has, too */
    take ("2", &other);
    take ("1", &third);
    g_assert_true (first.done && third.held);
    g_assert_cmpuint (fixture->n_calls, ==, 3);
    g_assert_cmpuint (fixture->n_freed, ==, 0);
    mm_tdtech_inhibitor_release ("2");
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 2);
}

static void
test_cancelled (Fixture       *fixture,
                gconstpointer  data)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new ();
    g_auto(Answer)          answer = { 0 };

    mm_tdtech_inhibitor_take ("1", cancellable, taken_cb, &answer);
    g_cancellable_cancel (cancellable);
    WAIT_FOR (answer.done);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    g_assert_cmpuint (fixture->n_given, ==, 1);
    g_assert_cmpuint (fixture->n_freed, ==, 0);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
}

static void
test_expiry (Fixture       *fixture,
             gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };
    g_auto(Answer) again = { 0 };

    take ("1", &answer);
    g_assert_true (answer.held);

    /* Counted from the last time it was taken */
    fake_clock_run_msec (MM_TDTECH_INHIBITOR_EXPIRY_MSEC - 1);
    take ("1", &again);
    g_assert_true (again.held);
    fake_clock_run_msec (MM_TDTECH_INHIBITOR_EXPIRY_MSEC - 1);
    g_assert_cmpuint (fixture->n_freed, ==, 0);
    g_test_expect_message ("ModemManager", G_LOG_LEVEL_MESSAGE, "sleep and shutdown are allowed again*");
    fake_clock_run_msec (1);
    WAIT_FOR (fixture->n_freed == 1);
    g_test_assert_expected_messages ();
    g_assert_cmpuint (fixture->n_given, ==, 1);
    mm_tdtech_inhibitor_release ("1");
}

static void
test_no_logind (Fixture       *fixture,
                gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    take ("1", &answer);
    g_assert_error (answer.error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN);
    mm_tdtech_inhibitor_release ("1");
}

static void
test_no_bus (Fixture       *fixture,
             gconstpointer  data)
{
    static const gchar *addresses[] = { "unix:path=/nonexistent/bus", "not an address", "unix:" };
    guint               i;

    for (i = 0; i < G_N_ELEMENTS (addresses); i++) {
        g_auto(Answer) answer = { 0 };

        g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", addresses[i], TRUE);
        take ("1", &answer);
        g_assert_nonnull (answer.error);
        mm_tdtech_inhibitor_release ("1");
    }
}

/* No address is known for the bus. GLib has one always, and says that it may not: see meson.build. */
static gboolean has_no_address;

gchar *__real_g_dbus_address_get_for_bus_sync (GBusType       type,
                                               GCancellable  *cancellable,
                                               GError       **error);
gchar *__wrap_g_dbus_address_get_for_bus_sync (GBusType       type,
                                               GCancellable  *cancellable,
                                               GError       **error);

gchar *
__wrap_g_dbus_address_get_for_bus_sync (GBusType       type,
                                        GCancellable  *cancellable,
                                        GError       **error)
{
    if (!has_no_address)
        return __real_g_dbus_address_get_for_bus_sync (type, cancellable, error);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no address");
    return NULL;
}

static void
test_no_address (Fixture       *fixture,
                 gconstpointer  data)
{
    g_auto(Answer) first = { 0 };
    g_auto(Answer) second = { 0 };

    has_no_address = TRUE;
    take ("1", &first);
    has_no_address = FALSE;
    g_assert_error (first.error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
    take ("1", &second);
    g_assert_true (second.held);
    mm_tdtech_inhibitor_release ("1");
}

static gboolean
hung_up_cb (gint         fd,
            GIOCondition condition,
            gpointer     user_data)
{
    *(gboolean *) user_data = TRUE;
    return G_SOURCE_REMOVE;
}

/* Something that takes the connection and says nothing: nobody waits at its other end for good */
static void
test_dead_bus (Fixture       *fixture,
               gconstpointer  data)
{
    g_autoptr(GSocketListener)    listener = g_socket_listener_new ();
    g_autoptr(GSocketAddress)     address = NULL;
    g_autoptr(GError)             error = NULL;
    g_autofree gchar             *directory = g_dir_make_tmp ("test-tdtech-inhibitor-XXXXXX", NULL);
    g_autofree gchar             *path = g_build_filename (directory, "bus", NULL);
    g_autofree gchar             *text = g_strdup_printf ("unix:path=%s", path);
    g_autoptr(GSocketConnection)  connection = NULL;
    gboolean                      hung_up = FALSE;
    g_auto(Answer)                answer = { 0 };

    address = g_unix_socket_address_new (path);
    g_socket_listener_add_address (listener, address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &error);
    g_assert_no_error (error);
    g_setenv ("DBUS_SYSTEM_BUS_ADDRESS", text, TRUE);
    mm_tdtech_inhibitor_take ("1", NULL, taken_cb, &answer);
    /* GDBus connects in a thread: not before the time is over, maybe, and then never */
    connection = g_socket_listener_accept (listener, NULL, NULL, &error);
    g_assert_no_error (error);
    fake_clock_run_msec (MM_TDTECH_INHIBITOR_ANSWER_MSEC);
    WAIT_FOR (answer.done);
    g_assert_error (answer.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    g_unix_fd_add (g_socket_get_fd (g_socket_connection_get_socket (connection)), G_IO_HUP, hung_up_cb, &hung_up);
    WAIT_FOR (hung_up);

    g_socket_listener_close (listener);
    unlink (path);
    rmdir (directory);
}

/* The lock survives the bus connection: logind watches the descriptor */
static void
test_bus_lost (Fixture       *fixture,
               gconstpointer  data)
{
    g_auto(Answer) answer = { 0 };

    take ("1", &answer);
    g_assert_true (answer.held);
    g_clear_object (&fixture->connection);
    g_test_dbus_stop (fixture->bus);
    g_clear_object (&fixture->bus);
    g_assert_cmpuint (fixture->n_freed, ==, 0);
    mm_tdtech_inhibitor_release ("1");
    WAIT_FOR (fixture->n_freed == 1);
}

/*****************************************************************************/

#define ADD(name, set_up, func) g_test_add ("/tdtech/inhibitor/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    ADD ("take-and-release", set_up, test_take_and_release);
    ADD ("twice", set_up, test_twice);
    ADD ("twice-at-once", set_up, test_twice_at_once);
    ADD ("two-modules", set_up, test_two_modules);
    ADD ("again", set_up, test_again);
    ADD ("refused", set_up, test_refused);
    ADD ("no-descriptor", set_up, test_no_descriptor);
    ADD ("other-descriptor", set_up, test_other_descriptor);
    ADD ("wrong-type", set_up, test_wrong_type);
    ADD ("silent", set_up, test_silent);
    ADD ("late", set_up, test_late);
    ADD ("released-and-taken-again", set_up, test_released_and_taken_again);
    ADD ("refused-after-taken-again", set_up, test_refused_after_taken_again);
    ADD ("cancelled", set_up, test_cancelled);
    ADD ("expiry", set_up, test_expiry);
    ADD ("bus-lost", set_up, test_bus_lost);
    ADD ("no-logind", set_up_bus, test_no_logind);
    ADD ("no-address", set_up, test_no_address);
    ADD ("no-bus", NULL, test_no_bus);
    ADD ("dead-bus", NULL, test_dead_bus);

    return g_test_run ();
}
