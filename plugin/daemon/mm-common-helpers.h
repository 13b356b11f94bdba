/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * <libmm-glib.h> includes this one where it shows the setters of its objects to
 * the daemon (_LIBMM_INSIDE_MM), but no package installs it. Nothing of it is used.
 */
