/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MMFOTA_REPORT_FACTS_H
#define MMFOTA_REPORT_FACTS_H

#include <gio/gio.h>

#include "mmfota-redact.h"

/* What ModemManager's objects say about the modems, and what the system says about itself */
typedef struct _MmfotaReportFacts MmfotaReportFacts;

/* @which: as for --modem, NULL for all. Having none is not an error. */
MmfotaReportFacts *mmfota_report_facts_new   (GDBusConnection   *connection,
                                              const gchar       *which);
void               mmfota_report_facts_free  (MmfotaReportFacts *self);

/* Values that are secret */
void               mmfota_report_facts_learn (MmfotaReportFacts *self,
                                              MmfotaRedactor    *redactor);
/* Whether traffic of this port is part of the report */
gboolean           mmfota_report_facts_want_port (MmfotaReportFacts *self,
                                                  const gchar       *port);
/* Writes the sections [versions], [ports], [udev], [properties], [events] */
void               mmfota_report_facts_write (MmfotaReportFacts *self,
                                              MmfotaRedactor    *redactor,
                                              GString           *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmfotaReportFacts, mmfota_report_facts_free)

#endif /* MMFOTA_REPORT_FACTS_H */
