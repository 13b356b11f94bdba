/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_LOG_H
#define MM_LOG_H

#include <glib.h>

#include "mm-daemon-series.h"

typedef enum {
    MM_LOG_LEVEL_ERR   = 1 << 0,
    MM_LOG_LEVEL_WARN  = 1 << 1,
#if MM_DAEMON_SERIES >= 12200
    MM_LOG_LEVEL_MSG   = 1 << 2,
    MM_LOG_LEVEL_INFO  = 1 << 3,
    MM_LOG_LEVEL_DEBUG = 1 << 4,
#else
    MM_LOG_LEVEL_INFO  = 1 << 2,
    MM_LOG_LEVEL_DEBUG = 1 << 3,
#endif
} MMLogLevel;

#if !defined MM_MODULE_NAME
# define MM_MODULE_NAME (const gchar *) NULL
#endif

#define mm_obj_err(obj, ...)  _mm_log (obj, MM_MODULE_NAME, G_STRLOC, G_STRFUNC, MM_LOG_LEVEL_ERR,   ## __VA_ARGS__ )
#define mm_obj_warn(obj, ...) _mm_log (obj, MM_MODULE_NAME, G_STRLOC, G_STRFUNC, MM_LOG_LEVEL_WARN,  ## __VA_ARGS__ )
#define mm_obj_info(obj, ...) _mm_log (obj, MM_MODULE_NAME, G_STRLOC, G_STRFUNC, MM_LOG_LEVEL_INFO,  ## __VA_ARGS__ )
#define mm_obj_dbg(obj, ...)  _mm_log (obj, MM_MODULE_NAME, G_STRLOC, G_STRFUNC, MM_LOG_LEVEL_DEBUG, ## __VA_ARGS__ )

/* What an administrator should see by default: a level of its own since 1.22, "info" before */
#if MM_DAEMON_SERIES >= 12200
#define mm_obj_msg(obj, ...)  _mm_log (obj, MM_MODULE_NAME, G_STRLOC, G_STRFUNC, MM_LOG_LEVEL_MSG,   ## __VA_ARGS__ )
#else
#define mm_obj_msg(obj, ...)  mm_obj_info (obj, ## __VA_ARGS__)
#endif

void _mm_log (gpointer     obj,
              const gchar *module,
              const gchar *loc,
              const gchar *func,
              MMLogLevel   level,
              const gchar *fmt,
              ...) G_GNUC_PRINTF (6, 7);

#endif /* MM_LOG_H */
