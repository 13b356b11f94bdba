/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * <libmm-glib.h> includes this file where it declares the setters of its objects for the daemon
 * (_LIBMM_INSIDE_MM), but no package installs it. Nothing in it is used.
 */
