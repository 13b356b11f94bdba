/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include "mmfota-error.h"

#include <gio/gio.h>
#include <glib/gi18n.h>
#include <libmm-glib.h>

#include "mm-tdtech-fota-enums.h"
#include "mmfota-text.h"

#define CORE_ERROR_PREFIX "org.freedesktop.ModemManager1.Error.Core."

gchar *
mmfota_error_name (const GError *error)
{
    g_autofree gchar *remote = g_dbus_error_get_remote_error (error);

    if (remote)
        return g_steal_pointer (&remote);
    if (error->domain == MM_CORE_ERROR)
        return g_dbus_error_encode_gerror (error);
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
        return g_strdup ("org.freedesktop.DBus.Error.Timeout");
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
        return g_strdup ("org.freedesktop.DBus.Error.Disconnected");
    return g_strdup (CORE_ERROR_PREFIX "Failed");
}

gchar *
mmfota_error_text (const GError *error)
{
    g_autoptr(GError) stripped = g_error_copy (error);

    g_dbus_error_strip_remote_error (stripped);
    return mmfota_text_printable (stripped->message);
}

/*****************************************************************************/
/* What others say, in the user's language */

#define CORE(name) CORE_ERROR_PREFIX name
#define FOTA(name) MM_TDTECH_FOTA_DBUS_ERROR_PREFIX name

typedef struct {
    const gchar *name;
    const gchar *text;
    gboolean     vague; /* the message says more */
} Meaning;

/* Messages on the bus are English; those who read English see them, with all they say. These are for
 * the others. The advice is that of the guide's table of states and codes. */
static const Meaning meanings[] = {
    { FOTA ("ServerUnreachable"),
      N_("the module could not reach the firmware server (13,13): check its network"), FALSE },
    { FOTA ("FilesUnavailable"),
      N_("the module did not get the upgrade files (13,51): check URL, port and certificates"), FALSE },
    { FOTA ("QueryFailed"),
      N_("the query for a version failed (13): check the network and the server"), TRUE },
    { FOTA ("SilentlyEnded"),
      N_("the module ended the operation without a word: try again"), TRUE },
    { FOTA ("DownloadFailed"),
      N_("the download failed (20): check the network and the module's storage"), TRUE },
    { FOTA ("DownloadSuspended"),
      N_("the download is suspended (31): resume it, the version is queried again first"), FALSE },
    { FOTA ("OtherVersionOffered"),
      N_("the server offers another version than the one that was asked for, or an older one"), TRUE },
    { FOTA ("ConditionsNotMet"),
      N_("the conditions for the upgrade are not met (40): it must be registered, without calls and data sessions"),
      TRUE },
    { FOTA ("Refused"),
      N_("the module refused the request"), TRUE },
    { FOTA ("UpgradeFailed"),
      N_("the upgrade failed (70): find the cause and try again"), TRUE },
    { FOTA ("VersionUnchanged"),
      N_("the module rebooted, but its version is unchanged: the package may not be signed for it"), TRUE },
    { FOTA ("OtherVersionInstalled"),
      N_("the module runs another version than the one that was announced"), TRUE },
    { FOTA ("DeviceLost"),
      N_("the module has not come back from the upgrade: power-cycle it and check its version"), FALSE },
    { CORE ("InvalidArgs"),  N_("a value is not allowed"),                               TRUE  },
    { CORE ("Unauthorized"), N_("not authorized"),                                       TRUE  },
    { CORE ("WrongState"),   N_("this is not possible in the present state"),            TRUE  },
    { CORE ("InProgress"),   N_("another operation is under way"),                       TRUE  },
    { CORE ("Retry"),        N_("not possible just now: try again in a moment"),         TRUE  },
    { CORE ("Timeout"),      N_("the module does not answer"),                           TRUE  },
    { CORE ("Aborted"),      N_("the modem is gone, or ModemManager was restarted"),     TRUE  },
    { CORE ("Cancelled"),    N_("it has been cancelled"),                                FALSE },
    { CORE ("NotFound"),     N_("it was not found"),                                     TRUE  },
    { CORE ("Unsupported"),  N_("this is not supported"),                                TRUE  },
    { CORE ("Failed"),       N_("it failed"),                                            TRUE  },
    { "com.td_tech.FotaAgent1.Error.SignatureRefused",
      N_("the signature of the package was refused"),                                    TRUE  },
    { "org.freedesktop.DBus.Error.AccessDenied",
      N_("not authorized"),                                                              TRUE  },
    { "org.freedesktop.DBus.Error.ServiceUnknown",
      N_("the service is not running"),                                                  FALSE },
    { "org.freedesktop.DBus.Error.NoReply",
      N_("no answer came in time"),                                                      FALSE },
    { "org.freedesktop.DBus.Error.UnknownMethod",
      N_("the modem has left the bus"),                                                  TRUE  },
};

gchar *
mmfota_error_describe (const gchar *name,
                       const gchar *message)
{
    guint i;

    for (i = 0; name && i < G_N_ELEMENTS (meanings); i++) {
        const gchar *text = _(meanings[i].text);

        if (!g_str_equal (name, meanings[i].name) || text == meanings[i].text)
            continue;
        if (meanings[i].vague && message && message[0])
            return g_strdup_printf (_("%s (%s)"), text, message);
        return g_strdup (text);
    }
    return g_strdup (message);
}

GError *
mmfota_error_translate (const GError *error)
{
    g_autofree gchar  *name = g_dbus_error_get_remote_error (error);
    g_autofree gchar  *text = NULL;
    g_autoptr(GError)  stripped = g_error_copy (error);

    if (!name)
        return g_steal_pointer (&stripped);
    g_dbus_error_strip_remote_error (stripped);
    text = mmfota_error_describe (name, stripped->message);
    if (g_strcmp0 (text, stripped->message) == 0)
        return g_error_copy (error);
    return g_dbus_error_new_for_dbus_error (name, text);
}
