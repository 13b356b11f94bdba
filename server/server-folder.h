/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* A release in a local folder: the files in DIR/full/ */

#ifndef SERVER_FOLDER_H
#define SERVER_FOLDER_H

#include "server-check.h"

/* @path is the folder that contains full/. NULL, with a finding, if there is none */
ServerSource *server_folder_new   (const gchar     *path,
                                   ReleaseFindings *findings);
void          server_folder_free  (ServerSource   *source);
/* Reports files that do not belong to the release. Call it after the check. */
void          server_folder_extra (ServerSource    *source,
                                   ReleaseFindings *findings);

#endif /* SERVER_FOLDER_H */
