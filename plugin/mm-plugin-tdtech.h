/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_PLUGIN_TDTECH_H
#define MM_PLUGIN_TDTECH_H

#include "mm-plugin.h"

#define MM_TYPE_PLUGIN_TDTECH mm_plugin_tdtech_get_type ()
G_DECLARE_FINAL_TYPE (MMPluginTdtech, mm_plugin_tdtech, MM, PLUGIN_TDTECH, MMPlugin)

#endif /* MM_PLUGIN_TDTECH_H */
