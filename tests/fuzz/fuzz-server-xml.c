/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* changelog.xml and filelist.xml of any server */

#include "fuzz.h"
#include "release-xml.h"

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    g_autoptr(ReleaseFindings)  findings = release_findings_new ();
    g_autoptr(ReleaseChangelog) changelog = release_changelog_parse ("x", data, size, findings);
    g_autoptr(ReleaseFilelist)  filelist = NULL;
    guint                       errors;

    g_assert_false (release_findings_has (findings, "unknown"));
    errors = release_findings_count (findings, RELEASE_SEVERITY_ERROR);
    if (changelog) {
        g_assert_nonnull (changelog->component);
        g_assert_nonnull (changelog->version);
    } else
        g_assert_cmpuint (errors, >, 0);
    filelist = release_filelist_parse ("x", data, size, findings);
    g_assert_false (release_findings_has (findings, "unknown"));
    if (filelist)
        g_assert_cmpuint (filelist->files->len, >, 0);
    else
        g_assert_cmpuint (release_findings_count (findings, RELEASE_SEVERITY_ERROR), >, errors);
    return 0;
}
