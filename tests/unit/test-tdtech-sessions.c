/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What the module's list of data sessions says of one */

#include <glib.h>

#include "mm-tdtech-sessions.h"

#define BOTH (MM_BEARER_IP_FAMILY_IPV4 | MM_BEARER_IP_FAMILY_IPV6)

static void
test_families (void)
{
    /* A module that names none, or the one of both, means both */
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_NONE), ==, BOTH);
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_IPV4V6), ==, BOTH);
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_IPV4), ==, MM_BEARER_IP_FAMILY_IPV4);
    g_assert_cmpuint (mm_tdtech_session_families (MM_BEARER_IP_FAMILY_IPV6), ==, MM_BEARER_IP_FAMILY_IPV6);
}

static void
test_context (void)
{
    MMTdtechNdisstat named = { .cid = 3 };
    MMTdtechNdisstat unnamed = { .cid = 0 };

    g_assert_cmpuint (mm_tdtech_session_get_cid (&named), ==, 3);
    g_assert_cmpuint (mm_tdtech_session_get_cid (&unnamed), ==, 1);
    g_assert_true (mm_tdtech_session_is_about (&named, 3));
    g_assert_false (mm_tdtech_session_is_about (&named, 1));
    g_assert_true (mm_tdtech_session_is_about (&unnamed, 3));
}

static void
test_any (void)
{
    static const struct {
        const gchar *answer;
        gboolean     any;
    } rows[] = {
        { "", FALSE },
        { "^NDISSTATQRY: 1,0,,,\"IPV4\"", FALSE },
        { "^NDISSTATQRY: 1,0,,,\"IPV4\"\r\n^NDISSTATQRY: 2,0,,,\"IPV4\"", FALSE },
        { "^NDISSTATQRY: 1,1,,,\"IPV4\"", TRUE },
        { "^NDISSTATQRY: 1,0,,,\"IPV4\"\r\n^NDISSTATQRY: 2,1,,,\"IPV4\"", TRUE },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GArray) sessions = mm_tdtech_sessions_parse (rows[i].answer, &error);

        g_assert_no_error (error);
        g_assert_true (mm_tdtech_sessions_any (sessions) == rows[i].any);
    }
}

static void
test_status (void)
{
    static const struct {
        const gchar *answer;
        gboolean     listed;
        gboolean     exists;
        guint        up;
    } rows[] = {
        { "", FALSE, FALSE, 0 },
        { "^NDISSTATQRY: 1,1,,,\"IPV4\"", FALSE, FALSE, 0 },
        { "^NDISSTATQRY: 2,1,,,\"IPV4\"", TRUE, TRUE, MM_BEARER_IP_FAMILY_IPV4 },
        { "^NDISSTATQRY: 2,0,,,\"IPV4\"", TRUE, FALSE, 0 },
        /* The other one's is not this one's */
        { "^NDISSTATQRY: 1,1,,,\"IPV6\"\r\n^NDISSTATQRY: 2,1,,,\"IPV4\"", TRUE, TRUE, MM_BEARER_IP_FAMILY_IPV4 },
        { "^NDISSTATQRY: 2,1,,,\"IPV4\"\r\n^NDISSTATQRY: 2,1,,,\"IPV6\"", TRUE, TRUE, BOTH },
        { "^NDISSTATQRY: 2,1,,,\"IPV4\"\r\n^NDISSTATQRY: 2,0,,,\"IPV6\"", TRUE, TRUE, MM_BEARER_IP_FAMILY_IPV4 },
        /* Not up yet */
        { "^NDISSTATQRY: 2,2,,,\"IPV4\"", TRUE, TRUE, 0 },
    };
    guint i;

    for (i = 0; i < G_N_ELEMENTS (rows); i++) {
        g_autoptr(GError)     error = NULL;
        g_autoptr(GArray)     sessions = mm_tdtech_sessions_parse (rows[i].answer, &error);
        MMTdtechSessionStatus status;

        g_assert_no_error (error);
        g_test_message ("%s", rows[i].answer);
        status = mm_tdtech_sessions_get_status (sessions, 2);
        g_assert_true (status.listed == rows[i].listed);
        g_assert_true (status.exists == rows[i].exists);
        g_assert_cmpuint (status.up, ==, rows[i].up);
    }
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);

    g_test_add_func ("/tdtech/sessions/families", test_families);
    g_test_add_func ("/tdtech/sessions/context", test_context);
    g_test_add_func ("/tdtech/sessions/any", test_any);
    g_test_add_func ("/tdtech/sessions/status", test_status);
    return g_test_run ();
}
