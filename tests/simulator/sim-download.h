/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#ifndef SIM_DOWNLOAD_H
#define SIM_DOWNLOAD_H

#include "sim-module.h"

/* What the module gets from the server: full/filelist.xml and full/changelog.xml, then the files in
 * the list */

typedef struct {
    gchar  *path;
    gchar  *md5;
    gint64  size;
    gint64  received;
} SimPackageFile;

typedef struct {
    gchar     *component;
    gchar     *version;
    gchar     *description;
    gchar     *source_version;
    gchar     *product;
    /* update_mode 1: upgrades without ^FWUP */
    gboolean   automatic;
    /* of SimPackageFile */
    GPtrArray *files;
    gint64     size;
} SimPackage;

SimPackage *sim_package_new  (const gchar *component,
                              const gchar *version);
void        sim_package_add  (SimPackage  *self,
                              const gchar *path,
                              const gchar *md5,
                              gint64       size);
void        sim_package_free (SimPackage  *self);

#define SIM_DOWNLOAD_ERROR (sim_download_error_quark ())

typedef enum {
    SIM_DOWNLOAD_ERROR_UNREACHABLE,
    SIM_DOWNLOAD_ERROR_NO_FILES,
    SIM_DOWNLOAD_ERROR_INTERRUPTED,
    SIM_DOWNLOAD_ERROR_WRONG,
} SimDownloadError;

GQuark sim_download_error_quark (void);

typedef struct _SimDownload SimDownload;

/* The callee owns the package; NULL with an error */
typedef void (*SimDownloadQueryFunc) (SimPackage   *package,
                                      const GError *error,
                                      gpointer      user_data);
typedef void (*SimDownloadFetchFunc) (const GError *error,
                                      gpointer      user_data);

SimDownload *sim_download_new    (SimModule            *module);
void         sim_download_free   (SimDownload          *self);
void         sim_download_query  (SimDownload          *self,
                                  const gchar          *base_url,
                                  SimDownloadQueryFunc  func,
                                  gpointer              user_data);
/* Continues where the package's files end */
void         sim_download_fetch  (SimDownload          *self,
                                  const gchar          *base_url,
                                  SimPackage           *package,
                                  SimDownloadFetchFunc  func,
                                  gpointer              user_data);
/* Stops without a callback; keeps what was received */
void         sim_download_cancel (SimDownload          *self);
/* Discards what was received */
void         sim_download_reset  (SimDownload          *self);
/* What was received is from before the start of the simulator, so it cannot be verified */
void         sim_download_adopt  (SimDownload          *self);
/* The current file */
guint        sim_download_get_file (SimDownload        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPackage, sim_package_free)

#endif /* SIM_DOWNLOAD_H */
