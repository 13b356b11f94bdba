/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A release in a folder of this machine: the files that are in DIR/full/ */

#ifndef SERVER_FOLDER_H
#define SERVER_FOLDER_H

#include "server-check.h"

/* @path holds full/. NULL, with a finding, where there is none */
ServerSource *server_folder_new   (const gchar     *path,
                                   ReleaseFindings *findings);
void          server_folder_free  (ServerSource   *source);
/* What lies there beside what the release is of, after it was checked */
void          server_folder_extra (ServerSource    *source,
                                   ReleaseFindings *findings);

#endif /* SERVER_FOLDER_H */
