/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_MODEM_HELPERS_H
#define MM_MODEM_HELPERS_H

#include <glib.h>

/* Array of GRegex */
GPtrArray *mm_3gpp_creg_regex_get     (gboolean   solicited);
void       mm_3gpp_creg_regex_destroy (GPtrArray *array);

#endif /* MM_MODEM_HELPERS_H */
