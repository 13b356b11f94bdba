/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef MM_BIND_H
#define MM_BIND_H

#include "mm-daemon-series.h"

/* Since 1.25.95; see MM_DAEMON_BEARER_OF () */
#if MM_DAEMON_SERIES >= 12595
#define MM_BIND_TO "bind-to"
#endif

#endif /* MM_BIND_H */
