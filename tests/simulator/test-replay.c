/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "sim-replay.h"

#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* A host that asked for its sessions before it dialled, and after it had hung up, but not between */
static const gchar report[] =
    "mmfota report 1\n"
    "\n"
    "[ports]\n"
    "ttyUSB1: at\n"
    "\n"
    "[at]\n"
    "0.0 ttyUSB1 > \"AT^NDISSTATQRY?\\r\"\n"
    "0.2 ttyUSB1 < \"\\r\\n^NDISSTATQRY: 1,0,,,\\\"IPV4\\\"\\r\\n\\r\\nOK\\r\\n\"\n"
    "1.0 ttyUSB1 > \"AT^NDISDUP=2,1,\\\"ctnet\\\"\\r\"\n"
    "1.2 ttyUSB1 < \"\\r\\nOK\\r\\n\"\n"
    "9.0 ttyUSB1 > \"AT^NDISDUP=2,0\\r\"\n"
    "9.2 ttyUSB1 < \"\\r\\nOK\\r\\n\"\n"
    "9.5 ttyUSB1 > \"AT^NDISSTATQRY?\\r\"\n"
    "9.7 ttyUSB1 < \"\\r\\n^NDISSTATQRY: 2,0,,,\\\"IPV4\\\"\\r\\n\\r\\nOK\\r\\n\"\n"
    "\n"
    "[end]\n";

static void
assert_answer (SimReplay   *replay,
               const gchar *command,
               const gchar *text)
{
    const SimReplayExchange *exchange = sim_replay_find (replay, command);
    const SimReplayPiece    *piece;
    g_autofree gchar        *data = NULL;

    if (!text) {
        g_assert_null (exchange);
        return;
    }
    g_assert_nonnull (exchange);
    g_assert_cmpuint (exchange->answer->len, ==, 1);
    piece = g_ptr_array_index (exchange->answer, 0);
    data = g_strndup (g_bytes_get_data (piece->data, NULL), g_bytes_get_size (piece->data));
    g_assert_nonnull (strstr (data, text));
}

/* Who asks while the session is up gets no answer that was given after its end */
static void
test_sessions (void)
{
    g_autoptr(SimReplay)  replay = NULL;
    g_autoptr(GError)     error = NULL;
    g_autofree gchar     *path = NULL;
    gint                  fd;
    gint                  i;

    fd = g_file_open_tmp ("tdtech-replay-XXXXXX", &path, &error);
    g_assert_no_error (error);
    close (fd);
    g_file_set_contents (path, report, -1, &error);
    g_assert_no_error (error);
    replay = sim_replay_new (path, &error);
    g_assert_no_error (error);

    for (i = 0; i < 2; i++) {
        assert_answer (replay, "AT^NDISSTATQRY?", "1,0");
        assert_answer (replay, "AT^NDISDUP=2,1,\"other\"", "OK");
        assert_answer (replay, "AT^NDISSTATQRY?", NULL);
        assert_answer (replay, "AT^NDISSTATQRY?", NULL);
        assert_answer (replay, "AT^NDISDUP=2,0", "OK");
        assert_answer (replay, "AT^NDISSTATQRY?", "2,0");
        assert_answer (replay, "AT^NDISSTATQRY?", "2,0");
        sim_replay_restart (replay);
    }
    g_unlink (path);
}

int
main (int    argc,
      char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/simulator/replay/sessions", test_sessions);
    return g_test_run ();
}
