/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/* Programs that are not installed find their translations: those of the domain D are looked for in
 * $TDTECH_LOCALEDIR/D, which is where meson puts them in the folder po of a build. */

#include <dlfcn.h>
#include <libintl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#undef bindtextdomain

char *
bindtextdomain (const char *domain,
                const char *folder)
{
    char     *(* original) (const char *domain, const char *folder) = dlsym (RTLD_NEXT, "bindtextdomain");
    const char *other = getenv ("TDTECH_LOCALEDIR");
    char       *path = NULL;
    char       *bound;

    if (!other || !folder || strncmp (domain, "mmfota", strlen ("mmfota")) != 0)
        return original (domain, folder);
    if (asprintf (&path, "%s/%s", other, domain) < 0)
        return NULL;
    bound = original (domain, path);
    free (path);
    return bound;
}
