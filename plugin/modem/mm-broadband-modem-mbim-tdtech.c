/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-bearer-mbim.h"
#include "mm-daemon-compat.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"
#include "mm-log-object.h"

#include "mm-broadband-modem-mbim-tdtech.h"
#include "mm-shared-tdtech.h"

/*****************************************************************************/
/* The MBIM bearer, held off the data path during an upgrade */

#define MM_TYPE_BEARER_MBIM_TDTECH mm_bearer_mbim_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBearerMbimTdtech, mm_bearer_mbim_tdtech, MM, BEARER_MBIM_TDTECH, MMBearerMbim)

struct _MMBearerMbimTdtech {
    MMBearerMbim parent;
};

G_DEFINE_TYPE (MMBearerMbimTdtech, mm_bearer_mbim_tdtech, MM_TYPE_BEARER_MBIM)

static void
bearer_connect (MMBaseBearer        *self,
                GCancellable        *cancellable,
                GAsyncReadyCallback  callback,
                gpointer             user_data)
{
    g_autoptr(MMBaseModem)  modem = NULL;
    GError                 *error = NULL;

    g_object_get (self, MM_BASE_BEARER_MODEM, &modem, NULL);
    if (!mm_shared_tdtech_may_connect (modem, &error)) {
        g_task_report_error (self, callback, user_data, bearer_connect, error);
        return;
    }

    MM_BASE_BEARER_CLASS (mm_bearer_mbim_tdtech_parent_class)->connect (self, cancellable, callback, user_data);
}

static void
mm_bearer_mbim_tdtech_init (MMBearerMbimTdtech *self)
{
}

static void
mm_bearer_mbim_tdtech_class_init (MMBearerMbimTdtechClass *klass)
{
    MM_BASE_BEARER_CLASS (klass)->connect = bearer_connect;
}

/*****************************************************************************/

static void iface_modem_init (MMIfaceModemInterface *iface);

enum {
    PROP_0,
    PROP_FOTA,
};

struct _MMBroadbandModemMbimTdtech {
    MMBroadbandModemMbim parent;
};

G_DEFINE_TYPE_WITH_CODE (MMBroadbandModemMbimTdtech, mm_broadband_modem_mbim_tdtech, MM_TYPE_BROADBAND_MODEM_MBIM,
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM, iface_modem_init)
                         G_IMPLEMENT_INTERFACE (MM_TYPE_IFACE_MODEM_FIRMWARE, mm_shared_tdtech_iface_modem_firmware_init))

/*****************************************************************************/
/* Create bearer (Modem interface) */

static MMBaseBearer *
create_bearer_finish (MMIfaceModem  *self,
                      GAsyncResult  *res,
                      GError       **error)
{
    return g_task_propagate_pointer (G_TASK (res), error);
}

static void
create_bearer (MMIfaceModem        *self,
               MMBearerProperties  *properties,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
    g_autoptr(GTask)  task = NULL;
    MMBaseBearer     *bearer;

    mm_obj_dbg (self, "creating TD Tech MBIM bearer...");
    bearer = g_object_new (MM_TYPE_BEARER_MBIM_TDTECH,
                           MM_DAEMON_BEARER_OF (self),
                           MM_BASE_BEARER_CONFIG, properties,
                           NULL);
    mm_base_bearer_export (bearer);

    task = g_task_new (self, NULL, callback, user_data);
    g_task_return_pointer (task, bearer, g_object_unref);
}

/*****************************************************************************/

static void
mm_broadband_modem_mbim_tdtech_init (MMBroadbandModemMbimTdtech *self)
{
}

static void
iface_modem_init (MMIfaceModemInterface *iface)
{
    iface->create_bearer = create_bearer;
    iface->create_bearer_finish = create_bearer_finish;
}

static void
mm_broadband_modem_mbim_tdtech_class_init (MMBroadbandModemMbimTdtechClass *klass)
{
    mm_shared_tdtech_class_init (MM_BROADBAND_MODEM_CLASS (klass), PROP_FOTA);
}
