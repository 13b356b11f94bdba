/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * What tests of the flow need beyond its interface.
 */

#ifndef FLOW_TOOLS_H
#define FLOW_TOOLS_H

#include "mm-tdtech-fota-machine.h"

/* A machine to try an input on. Free with mm_tdtech_fota_machine_free (). */
MMTdtechFotaMachine *flow_tools_copy_machine (const MMTdtechFotaMachine *machine);

/* Whether a transition handles @input. @caught (or NULL): whether only one of those does that come
 * last in the table and apply in any phase. */
gboolean             flow_tools_is_defined   (const MMTdtechFotaMachine *machine,
                                              const MMTdtechFotaInput   *input,
                                              gboolean                  *caught);

#endif /* FLOW_TOOLS_H */
