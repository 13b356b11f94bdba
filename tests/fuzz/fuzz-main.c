/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

/*
 * Runs a fuzz target without libFuzzer: over each file of its corpus, then over inputs
 * mutated from them. The same inputs at every run.
 *
 * Usage: fuzz-TARGET CORPUS RUNS
 */

#include <stdlib.h>

#include "fuzz.h"

/* Files may grow by mutation up to this, in bytes */
#define SIZE_MAX_MUTATED 4096

/* What lines and URLs are made of: random bytes alone seldom hit them */
static const gchar *tokens[] = {
    ",", "\"", "\r\n", ":", ";", "\\", " ", "-", "%00", "%22", "[", "]", "/", "//", "@", "?", "#",
    "0", "1", "12", "13", "40", "255", "65536", "4294967296", "18446744073709551615", "18446744073709551616",
    "^FOTASTATE: ", "^FOTADLQ: ", "^NDISSTAT: ", "+CSQ: 20, 23", "OK", "ERROR", "\xff", "\xc2\x9b", "\x1b",
};

static GPtrArray *
load_corpus (const gchar *path)
{
    g_autoptr(GPtrArray) corpus = NULL;
    g_autoptr(GPtrArray) names = NULL;
    g_autoptr(GDir)      dir = NULL;
    const gchar         *name;
    guint                i;

    corpus = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
    names = g_ptr_array_new_with_free_func (g_free);
    dir = g_dir_open (path, 0, NULL);
    while (dir && (name = g_dir_read_name (dir)))
        g_ptr_array_add (names, g_build_filename (path, name, NULL));
    /* A folder has no order of its own */
    g_ptr_array_sort (names, (GCompareFunc) (void (*)(void)) g_strcmp0);

    for (i = 0; i < names->len; i++) {
        gchar *contents;
        gsize  len;

        if (g_file_get_contents (g_ptr_array_index (names, i), &contents, &len, NULL))
            g_ptr_array_add (corpus, g_bytes_new_take (contents, len));
    }
    return g_steal_pointer (&corpus);
}

static void
run (GByteArray *input)
{
    g_autofree guint8 *exact = NULL;

    /* A copy of its own size: so that a read beyond the end is seen */
    exact = g_memdup2 (input->data, input->len);
    LLVMFuzzerTestOneInput (exact, input->len);
}

static GByteArray *
copy (GPtrArray *corpus,
      guint      i)
{
    GBytes     *bytes = g_ptr_array_index (corpus, i);
    GByteArray *out;

    out = g_byte_array_new ();
    g_byte_array_append (out, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
    return out;
}

static void
insert (GByteArray   *input,
        guint         at,
        const guint8 *data,
        gsize         len)
{
    g_autofree guint8 *tail = NULL;
    gsize              tail_len = input->len - at;

    tail = g_memdup2 (input->data + at, tail_len);
    g_byte_array_set_size (input, at);
    g_byte_array_append (input, data, (guint) len);
    if (tail)
        g_byte_array_append (input, tail, (guint) tail_len);
}

static void
mutate (GByteArray *input,
        GPtrArray  *corpus,
        GRand      *rand)
{
    guint at = (guint) g_rand_int_range (rand, 0, (gint32) input->len + 1);
    guint len = (guint) g_rand_int_range (rand, 0, (gint32) (input->len - at) + 1);

    switch (g_rand_int_range (rand, 0, 7)) {
    case 0:
        if (at < input->len)
            input->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
        break;
    case 1:
        if (at < input->len)
            input->data[at] = (guint8) g_rand_int_range (rand, 0, 256);
        break;
    case 2:
        g_byte_array_set_size (input, at);
        break;
    case 3:
        g_byte_array_remove_range (input, at, MIN (len, 8));
        break;
    case 4: {
        g_autofree guint8 *part = g_memdup2 (input->data + at, len);

        insert (input, at, part, len);
        break;
    }
    case 5: {
        const gchar *token = tokens[g_rand_int_range (rand, 0, G_N_ELEMENTS (tokens))];

        insert (input, at, (const guint8 *) token, strlen (token));
        break;
    }
    default: {
        g_autoptr(GByteArray) other = NULL;

        other = copy (corpus, (guint) g_rand_int_range (rand, 0, (gint32) corpus->len));
        g_byte_array_set_size (input, at);
        g_byte_array_append (input, other->data + MIN (at, other->len), other->len - MIN (at, other->len));
        break;
    }
    }

    if (input->len > SIZE_MAX_MUTATED)
        g_byte_array_set_size (input, SIZE_MAX_MUTATED);
}

int
main (int    argc,
      char **argv)
{
    g_autoptr(GPtrArray) corpus = NULL;
    g_autoptr(GRand)     rand = NULL;
    guint64              n_runs;
    guint64              i;

    if (argc != 3 || !g_ascii_string_to_unsigned (argv[2], 10, 0, G_MAXUINT64, &n_runs, NULL)) {
        g_printerr ("Usage: %s CORPUS RUNS\n", argv[0]);
        return EXIT_FAILURE;
    }

    g_print ("1..2\n");
    corpus = load_corpus (argv[1]);
    if (corpus->len == 0) {
        g_print ("Bail out! no corpus in %s\n", argv[1]);
        return EXIT_FAILURE;
    }

    for (i = 0; i < corpus->len; i++) {
        g_autoptr(GByteArray) input = copy (corpus, (guint) i);

        run (input);
    }
    g_print ("ok 1 corpus of %u\n", corpus->len);

    rand = g_rand_new_with_seed (3466);
    for (i = 0; i < n_runs; i++) {
        g_autoptr(GByteArray) input = NULL;
        gint                  n_mutations;

        input = copy (corpus, (guint) g_rand_int_range (rand, 0, (gint32) corpus->len));
        for (n_mutations = g_rand_int_range (rand, 1, 6); n_mutations > 0; n_mutations--)
            mutate (input, corpus, rand);
        run (input);
    }
    g_print ("ok 2 mutated inputs: %" G_GUINT64_FORMAT "\n", n_runs);
    return EXIT_SUCCESS;
}
