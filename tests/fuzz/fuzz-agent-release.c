/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* What a server answers: the first byte says which file it is, the others are as signed. A
 * release that is believed has values that a version and a product can have */

#include "fuzz.h"
#include "mmfota-agent-signature.h"
#include "release-digest.h"
#include "release-text.h"

static const gchar *const good[MMFOTA_AGENT_SIGNED_LAST] = {
    [MMFOTA_AGENT_SIGNED_MANIFEST] = "{\"version\": \"1.3.0.0(SP1C02)\", \"product\": \"MT5700M-CN\"}\n",
    [MMFOTA_AGENT_SIGNED_FILELIST] =
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root><component><name>FIRMWARE1</name></component><files><file>"
        "<spath>ota.swu</spath><md5>00000000000000000000000000000000</md5><size>1</size></file></files></root>",
    [MMFOTA_AGENT_SIGNED_CHANGELOG] =
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><root><component name=\"FIRMWARE1\" version=\"1.3.0.0(SP1C02)\"/></root>",
};

static const gchar *const names[MMFOTA_AGENT_SIGNED_LAST] = {
    "SHA256SUMS", "SHA256SUMS.p7s", "release.json", "filelist.xml", "changelog.xml",
};

/* As if the operator had signed it, whatever it is */
static GBytes *
sums_of (GBytes *const *files)
{
    GString *text = g_string_new ("0000000000000000000000000000000000000000000000000000000000000000  ota.swu\n");
    guint    i;

    for (i = MMFOTA_AGENT_SIGNED_MANIFEST; i < MMFOTA_AGENT_SIGNED_LAST; i++) {
        ReleaseDigest digest;

        release_digest_bytes (files[i], &digest);
        g_string_append_printf (text, "%s  %s\n", digest.sha256, names[i]);
    }
    return g_string_free_to_bytes (text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t        size)
{
    GBytes                        *files[MMFOTA_AGENT_SIGNED_LAST] = { NULL };
    g_autoptr(MmfotaAgentRelease)  release = NULL;
    GError                        *error = NULL;
    guint                          which = size ? data[0] % MMFOTA_AGENT_SIGNED_LAST : 0;
    guint                          i;

    for (i = 0; i < MMFOTA_AGENT_SIGNED_LAST; i++) {
        if (i == which && size)
            files[i] = g_bytes_new (data + 1, size - 1);
        else if (good[i])
            files[i] = g_bytes_new_static (good[i], strlen (good[i]));
    }
    if (!files[MMFOTA_AGENT_SIGNED_SUMS])
        files[MMFOTA_AGENT_SIGNED_SUMS] = sums_of (files);
    release = mmfota_agent_signature_compare (files, "MT5700M-CN", NULL, 1795000000, &error);
    fuzz_check_result (release != NULL, &error);
    if (release) {
        fuzz_check_ascii (release->version, 64);
        fuzz_check_ascii (release->product, 64);
        g_assert_true (release_text_is_value (release->version));
        g_assert_cmpuint (release->size, <=, G_MAXINT64);
    }
    for (i = 0; i < MMFOTA_AGENT_SIGNED_LAST; i++)
        g_clear_pointer (&files[i], g_bytes_unref);
    return 0;
}
