/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <gio/gio.h>

#include <ModemManager.h>
#define _LIBMM_INSIDE_MM
#include <libmm-glib.h>

#include "mm-bearer-mbim.h"
#include "mm-iface-modem-firmware.h"
#include "mm-iface-modem.h"

#include "mm-broadband-modem-mbim-tdtech.h"
#include "mm-shared-tdtech.h"

/*****************************************************************************/
/* The MBIM bearer, kept from connecting during an upgrade */

#define MM_TYPE_BEARER_MBIM_TDTECH mm_bearer_mbim_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMBearerMbimTdtech, mm_bearer_mbim_tdtech, MM, BEARER_MBIM_TDTECH, MMBearerMbim)

struct _MMBearerMbimTdtech {
    MMBearerMbim parent;
};

G_DEFINE_TYPE (MMBearerMbimTdtech, mm_bearer_mbim_tdtech, MM_TYPE_BEARER_MBIM)

static void
mm_bearer_mbim_tdtech_init (MMBearerMbimTdtech *self)
{
}

static void
mm_bearer_mbim_tdtech_class_init (MMBearerMbimTdtechClass *klass)
{
    mm_shared_tdtech_held_bearer_class_init (MM_BASE_BEARER_CLASS (klass));
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

static void
create_bearer (MMIfaceModem        *self,
               MMBearerProperties  *properties,
               GAsyncReadyCallback  callback,
               gpointer             user_data)
{
    mm_shared_tdtech_create_held_bearer (self, MM_TYPE_BEARER_MBIM_TDTECH, properties, callback, user_data);
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
    iface->create_bearer_finish = mm_shared_tdtech_create_held_bearer_finish;
}

static void
mm_broadband_modem_mbim_tdtech_class_init (MMBroadbandModemMbimTdtechClass *klass)
{
    mm_shared_tdtech_class_init (MM_BROADBAND_MODEM_CLASS (klass), PROP_FOTA);
}
