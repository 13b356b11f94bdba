/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A line of an access log; the same bytes as nginx's messages, /proc/net/tcp and a Range header */

#include "fuzz.h"
#include "server-diagnose.h"
#include "server-host.h"
#include "server-log.h"
#include "server-serve.h"
#include "release-text.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autofree gchar          *text = fuzz_string (size ? data : (const guint8 *) "", size);
    g_autofree gchar          *shown = release_text_printable (text, 200);
    g_autofree gchar          *url = release_text_base_url (text, NULL);
    g_autoptr(ReleaseFindings) findings = release_findings_new ();
    g_autoptr(GArray)          listeners = g_array_new (FALSE, FALSE, sizeof (ServerListener));
    g_auto(ServerLogLine)      line = { 0 };
    guint64                    begin;
    guint64                    end;

    if (server_log_parse_line (text, &line)) {
        g_assert_cmpuint (strlen (line.client), >, 0);
        g_assert_nonnull (line.path);
        g_assert_cmpuint (line.status, <=, 999);
    }
    fuzz_check_text (shown, 3 * 200 + 3);
    if (url)
        fuzz_check_ascii (url, RELEASE_URL_MAX);
    server_diagnose_message (text, findings);
    g_assert_false (release_findings_has (findings, "unknown"));
    server_host_parse_listeners (text, FALSE, listeners);
    server_host_parse_listeners (text, TRUE, listeners);
    if (server_serve_parse_range (text, 1000, &begin, &end) == 1) {
        g_assert_cmpuint (begin, <=, end);
        g_assert_cmpuint (end, <, 1000);
    }
    return 0;
}
