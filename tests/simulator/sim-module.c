/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

#include <string.h>

#include "sim-calls.h"
#include "sim-card.h"
#include "sim-fota.h"
#include "sim-identity.h"
#include "sim-module.h"
#include "sim-network.h"
#include "sim-noise.h"
#include "sim-session.h"
#include "sim-sms.h"
#include "sim-ssl.h"

typedef struct {
    SimModule     module;
    SimTransport *transport;
    /* Currently on the bus, or NULL */
    SimUsbDevice *device;
    gchar        *layout;
    SimAt        *pcui;
    SimAt        *modem;
    gboolean      cable;
    gboolean      powered;
    gboolean      ready;
    guint         boot_timer;
    guint         power_timer;
    guint         dark_timer;
    SimClockFunc  dark_func;
    gpointer      dark_data;
    gint64        n_boots;
    gint64        n_plugs;
} Private;

#define PRIVATE(self) ((Private *) (self))

/*****************************************************************************/
/* Ports */

static SimAt *
port_get_at (SimModule *self,
             guint      port)
{
    Private *priv = PRIVATE (self);

    if (!priv->device || port >= priv->device->interfaces->len)
        return NULL;
    switch (g_array_index (priv->device->interfaces, SimUsbInterface, port).kind) {
    case SIM_PORT_PCUI:
        return priv->pcui;
    case SIM_PORT_MODEM:
        return priv->modem;
    case SIM_PORT_DIAG:
    case SIM_PORT_GPS:
    case SIM_PORT_SERIAL_B:
    case SIM_PORT_SERIAL_C:
    case SIM_PORT_ADB:
    case SIM_PORT_NCM:
    case SIM_PORT_ECM:
    case SIM_PORT_RNDIS:
    case SIM_PORT_MBIM:
    case SIM_PORT_DATA:
    default:
        /* Ports that never answer */
        return NULL;
    }
}

void
sim_module_port_opened (SimModule *self,
                        guint      port)
{
    SimAt *at = port_get_at (self, port);

    sim_log_event (self->log, self->index, "port-opened", "port", "i", (gint64) port, NULL);
    if (at)
        sim_at_set_open (at, TRUE);
}

void
sim_module_port_closed (SimModule *self,
                        guint      port)
{
    SimAt *at = port_get_at (self, port);

    sim_log_event (self->log, self->index, "port-closed", "port", "i", (gint64) port, NULL);
    if (at)
        sim_at_set_open (at, FALSE);
}

void
sim_module_port_input (SimModule    *self,
                       guint         port,
                       const guint8 *data,
                       gsize         length)
{
    SimAt *at = port_get_at (self, port);

    if (at)
        sim_at_input (at, data, length);
}

static gint
at_get_port (SimModule *self,
             SimAt     *at)
{
    Private *priv = PRIVATE (self);
    guint    i;

    for (i = 0; priv->device && i < priv->device->interfaces->len; i++) {
        if (port_get_at (self, i) == at)
            return (gint) i;
    }
    return -1;
}

static void
at_output (SimAt        *at,
           const guint8 *data,
           gsize         length,
           gpointer      user_data)
{
    SimModule    *self = user_data;
    SimTransport *transport = PRIVATE (self)->transport;
    gint          port = at_get_port (self, at);

    if (port >= 0)
        transport->write (transport, self->index, (guint) port, data, length);
}

static gboolean
at_hung_up (SimAt    *at,
            gpointer  user_data)
{
    SimModule    *self = user_data;
    SimTransport *transport = PRIVATE (self)->transport;
    gint          port = at_get_port (self, at);

    return (port >= 0 && transport->hung_up && transport->hung_up (transport, self->index, (guint) port));
}

/*****************************************************************************/
/* Unsolicited lines */

void
sim_module_urc_raw (SimModule    *self,
                    const guint8 *data,
                    gsize         length)
{
    if (!PRIVATE (self)->ready)
        return;
    sim_at_send_raw (PRIVATE (self)->pcui, data, length);
}

void
sim_module_urc_line (SimModule   *self,
                     const gchar *line)
{
    g_autoptr(SimFault) fault = NULL;

    if (!PRIVATE (self)->ready || (self->replay && sim_replay_owns_line (self->replay, line)))
        return;

    fault = sim_faults_urc (self->faults, line);
    if (fault && fault->kind == SIM_FAULT_URC_LOST)
        return;
    sim_log_event (self->log, self->index, "urc", "line", "s", line, NULL);
    sim_at_send_line (PRIVATE (self)->pcui, line);
    if (fault)
        sim_at_send_line (PRIVATE (self)->pcui, line);
}

void
sim_module_urc (SimModule   *self,
                const gchar *format,
                ...)
{
    g_autofree gchar *line = NULL;
    g_autofree gchar *spaced = NULL;
    va_list           args;

    va_start (args, format);
    line = g_strdup_vprintf (format, args);
    va_end (args);
    if (*line == '^' && self->scenario->noise_spacing)
        spaced = sim_at_space (line, self->rand);
    sim_module_urc_line (self, spaced ? spaced : line);
}

gboolean
sim_module_in_data_state (SimModule *self)
{
    return (sim_at_get_data (PRIVATE (self)->pcui) || sim_at_get_data (PRIVATE (self)->modem));
}

void
sim_module_fall_silent (SimModule *self)
{
    Private *priv = PRIVATE (self);

    priv->ready = FALSE;
    sim_noise_stop (self->noise);
    sim_at_set_ready (priv->pcui, FALSE);
    sim_at_set_ready (priv->modem, FALSE);
    sim_log_event (self->log, self->index, "silent", NULL);
}

gboolean
sim_module_continue (SimModule *self)
{
    gboolean pcui = sim_at_continue (PRIVATE (self)->pcui);
    gboolean modem = sim_at_continue (PRIVATE (self)->modem);

    return (pcui || modem);
}

/*****************************************************************************/
/* On and off the bus */

void
sim_module_carrier_changed (SimModule *self)
{
    Private *priv = PRIVATE (self);

    if (priv->device && priv->transport->set_carrier)
        priv->transport->set_carrier (priv->transport, self->index, sim_session_has_carrier (self->session));
}

static void
bus_join (SimModule    *self,
          SimUsbDevice *device)
{
    Private *priv = PRIVATE (self);

    priv->device = device;
    priv->n_plugs++;
    priv->transport->plug (priv->transport, self->index, device);
    sim_log_event (self->log, self->index, "device-added",
                   "product", "i", (gint64) device->product,
                   NULL);
    sim_module_carrier_changed (self);
}

static void
bus_leave (SimModule *self)
{
    Private *priv = PRIVATE (self);

    if (!priv->device)
        return;
    priv->transport->unplug (priv->transport, self->index);
    sim_at_unplug (priv->pcui);
    sim_at_unplug (priv->modem);
    g_clear_pointer (&priv->device, sim_usb_device_free);
    sim_log_event (self->log, self->index, "device-removed", NULL);
}

/*****************************************************************************/
/* Power */

gboolean
sim_module_is_ready (SimModule *self)
{
    return PRIVATE (self)->ready;
}

static void
parts_off (SimModule *self)
{
    Private *priv = PRIVATE (self);

    priv->ready = FALSE;
    sim_clock_clear (self->clock, &priv->boot_timer);
    sim_clock_clear (self->clock, &priv->dark_timer);
    sim_noise_stop (self->noise);
    sim_calls_power_off (self->calls);
    sim_session_power_off (self->session);
    sim_network_power_off (self->network);
    sim_card_power_off (self->card);
    sim_ssl_power_off (self->ssl);
    sim_at_set_ready (priv->pcui, FALSE);
    sim_at_set_ready (priv->modem, FALSE);
    sim_at_reset (priv->pcui);
    sim_at_reset (priv->modem);
}

static void
boot_done (gpointer user_data)
{
    SimModule *self = user_data;
    Private   *priv = PRIVATE (self);

    priv->boot_timer = 0;
    priv->ready = TRUE;
    sim_at_set_ready (priv->pcui, TRUE);
    sim_at_set_ready (priv->modem, TRUE);
    if (self->scenario->stuck_in_data && priv->n_boots == 1)
        sim_at_set_data (priv->pcui, TRUE);
    sim_log_event (self->log, self->index, "ready", NULL);
    sim_network_power_on (self->network);
    sim_noise_start (self->noise);
    sim_fota_power_on (self->fota);
}

void
sim_module_boot (SimModule *self)
{
    Private *priv = PRIVATE (self);

    priv->powered = TRUE;
    priv->n_boots++;
    if (self->replay)
        sim_replay_restart (self->replay);
    if (priv->cable)
        bus_join (self, sim_usb_device_new (self->scenario, priv->layout, (guint) priv->n_plugs));
    priv->boot_timer = sim_clock_add (self->clock, self->scenario->boot_seconds, boot_done, self);
}

void
sim_module_set_layout (SimModule   *self,
                       const gchar *layout)
{
    g_free (PRIVATE (self)->layout);
    PRIVATE (self)->layout = g_strdup (layout);
}

static void
dark_over (gpointer user_data)
{
    SimModule *self = user_data;
    Private   *priv = PRIVATE (self);

    priv->dark_timer = 0;
    bus_leave (self);
    priv->dark_func (priv->dark_data);
}

void
sim_module_go_dark (SimModule    *self,
                    gboolean      download,
                    gdouble       seconds,
                    SimClockFunc  func,
                    gpointer      user_data)
{
    Private *priv = PRIVATE (self);

    bus_leave (self);
    parts_off (self);
    if (download && priv->cable)
        bus_join (self, sim_usb_device_new_download (self->scenario, (guint) priv->n_plugs));
    priv->dark_func = func;
    priv->dark_data = user_data;
    priv->dark_timer = sim_clock_add (self->clock, seconds, dark_over, self);
}

static void
reboot_over (gpointer user_data)
{
    sim_module_boot (user_data);
}

void
sim_module_reboot (SimModule *self,
                   gdouble    seconds)
{
    sim_fota_power_off (self->fota);
    sim_module_go_dark (self, FALSE, seconds, reboot_over, self);
}

void
sim_module_unplug (SimModule *self,
                   gboolean   keep_power)
{
    Private *priv = PRIVATE (self);

    sim_clock_clear (self->clock, &priv->power_timer);
    priv->cable = FALSE;
    bus_leave (self);
    if (keep_power || !priv->powered)
        return;
    priv->powered = FALSE;
    parts_off (self);
    sim_fota_power_off (self->fota);
}

void
sim_module_plug (SimModule *self)
{
    Private *priv = PRIVATE (self);

    sim_clock_clear (self->clock, &priv->power_timer);
    if (priv->cable)
        return;
    priv->cable = TRUE;
    if (priv->powered) {
        /* If it flashes by itself, it returns when that is finished */
        if (!priv->dark_timer)
            bus_join (self, sim_usb_device_new (self->scenario, priv->layout, (guint) priv->n_plugs));
    } else if (sim_fota_must_recover (self->fota)) {
        priv->powered = TRUE;
        sim_fota_recover (self->fota);
    } else
        sim_module_boot (self);
}

static void
power_due (gpointer user_data)
{
    SimModule *self = user_data;

    PRIVATE (self)->power_timer = 0;
    sim_module_plug (self);
}

void
sim_module_power_cycle (SimModule *self,
                        gdouble    seconds)
{
    sim_module_unplug (self, FALSE);
    PRIVATE (self)->power_timer = sim_clock_add (self->clock, seconds, power_due, self);
}

void
sim_module_leave (SimModule *self,
                  gdouble    seconds)
{
    sim_module_unplug (self, TRUE);
    PRIVATE (self)->power_timer = sim_clock_add (self->clock, seconds, power_due, self);
}

static void
at_take_away (gboolean power,
              gdouble  seconds,
              gpointer user_data)
{
    SimModule *self = user_data;

    sim_log_event (self->log, self->index, power ? "power-cycle" : "unplug", NULL);
    if (power || !self->scenario->self_powered)
        sim_module_power_cycle (self, seconds);
    else
        sim_module_leave (self, seconds);
}

/*****************************************************************************/
/* Status */

static JsonObject *
usb_status (SimModule *self)
{
    Private    *priv = PRIVATE (self);
    JsonObject *object;
    JsonArray  *array;
    guint       i;

    object = json_object_new ();
    json_object_set_boolean_member (object, "present", priv->device != NULL);
    json_object_set_int_member (object, "product", priv->device ? priv->device->product : 0);
    json_object_set_int_member (object, "plugs", priv->n_plugs);
    array = json_array_new ();
    for (i = 0; priv->device && i < priv->device->interfaces->len; i++) {
        SimUsbInterface *interface = &g_array_index (priv->device->interfaces, SimUsbInterface, i);
        g_autofree gchar *text = NULL;

        text = g_strdup_printf ("%u %02x/%02x/%02x %s", interface->number, interface->interface_class,
                                interface->subclass, interface->protocol, interface->name);
        json_array_add_string_element (array, text);
    }
    json_object_set_array_member (object, "interfaces", array);
    return object;
}

static void
add_replay_status (SimModule  *self,
                   JsonObject *object)
{
    JsonObject *replay = json_object_new ();
    JsonArray  *unknown = json_array_new ();
    GPtrArray  *commands = sim_replay_get_unknown (self->replay);
    guint       i;

    for (i = 0; i < commands->len; i++)
        json_array_add_string_element (unknown, g_ptr_array_index (commands, i));
    json_object_set_int_member (replay, "known", sim_replay_get_n_known (self->replay));
    json_object_set_array_member (replay, "unknown", unknown);
    json_object_set_object_member (object, "replay", replay);
}

JsonObject *
sim_module_get_status (SimModule *self)
{
    Private    *priv = PRIVATE (self);
    JsonObject *object;
    JsonObject *at;

    object = json_object_new ();
    json_object_set_int_member (object, "module", self->index);
    json_object_set_double_member (object, "time", sim_clock_now (self->clock));
    json_object_set_double_member (object, "speed", sim_clock_get_speed (self->clock));
    json_object_set_boolean_member (object, "powered", priv->powered);
    json_object_set_boolean_member (object, "ready", priv->ready);
    json_object_set_int_member (object, "boots", priv->n_boots);
    json_object_set_object_member (object, "usb", usb_status (self));

    at = json_object_new ();
    json_object_set_boolean_member (at, "echo", sim_at_get_echo (priv->pcui));
    json_object_set_boolean_member (at, "data-state", sim_module_in_data_state (self));
    json_object_set_double_member (at, "busy", sim_at_get_busy (priv->pcui) + sim_at_get_busy (priv->modem));
    json_object_set_int_member (at, "exchanges", sim_log_count (self->log, self->index, "*"));
    json_object_set_int_member (at, "exchange-index", sim_log_get_n_exchanges (self->log));
    json_object_set_string_member (at, "pieces", self->scenario->pieces);
    json_object_set_int_member (at, "pieces-seed", self->scenario->port_seed);
    json_object_set_object_member (object, "at", at);

    json_object_set_int_member (object, "violations", sim_log_get_n_violations (self->log, self->index));
    json_object_set_int_member (object, "fault-hits", sim_faults_get_hits (self->faults));
    json_object_set_int_member (object, "faults-pending", sim_faults_get_pending (self->faults));
    json_object_set_object_member (object, "identity", sim_identity_get_status (self->identity));
    json_object_set_object_member (object, "card", sim_card_get_status (self->card));
    json_object_set_object_member (object, "network", sim_network_get_status (self->network));
    json_object_set_object_member (object, "session", sim_session_get_status (self->session));
    json_object_set_object_member (object, "calls", sim_calls_get_status (self->calls));
    json_object_set_object_member (object, "ssl", sim_ssl_get_status (self->ssl));
    json_object_set_object_member (object, "fota", sim_fota_get_status (self->fota));
    if (self->replay)
        add_replay_status (self, object);
    return object;
}

gboolean
sim_module_set (SimModule    *self,
                const gchar  *key,
                const gchar  *value,
                GError      **error)
{
    if (!sim_scenario_set (self->scenario, key, value, error))
        return FALSE;

    if (g_str_equal (key, "timing.speed"))
        sim_clock_set_speed (self->clock, self->scenario->speed);
    else if (g_str_equal (key, "module.layout"))
        sim_module_set_layout (self, self->scenario->layout);
    else if (g_str_equal (key, "faults.list"))
        return sim_faults_add_list (self->faults, self->scenario->faults, error);
    else if (g_str_has_prefix (key, "noise.") && PRIVATE (self)->ready)
        sim_noise_start (self->noise);
    else if (g_str_equal (key, "fota.mode") || g_str_equal (key, "fota.state"))
        sim_fota_reload (self->fota);
    else if (g_str_equal (key, "network.auto-dial"))
        sim_session_reload (self->session);
    else if (g_str_has_prefix (key, "network.")) {
        sim_network_changed (self->network);
        sim_fota_network_changed (self->fota);
    }
    return TRUE;
}

/*****************************************************************************/
/* Life cycle */

static gchar *
at_noise (gpointer user_data)
{
    return sim_noise_get_line (((SimModule *) user_data)->noise);
}

static void
at_data_ended (gpointer user_data)
{
    sim_session_ppp_ended (((SimModule *) user_data)->session);
}

/* The package that the recorded unit reported is what ^FWUP flashes */
static void
at_played (const gchar *state,
           gpointer     user_data)
{
    SimModule     *self = user_data;
    g_auto(GStrv)  fields = g_strsplit (state, ",", 3);

    if (fields[0] && g_str_equal (fields[0], "12") && fields[1])
        sim_scenario_set (self->scenario, "fota.package-version", g_strstrip (fields[1]), NULL);
    else if (fields[0] && g_str_equal (fields[0], "40") && !sim_fota_is_downloaded (self->fota))
        sim_module_set (self, "fota.state", "40", NULL);
}

static SimAt *
make_at (SimModule *self)
{
    SimAtConfig config = {
        .clock = self->clock,
        .log = self->log,
        .faults = self->faults,
        .scenario = self->scenario,
        .table = self->table,
        .replay = self->replay,
        .played = at_played,
        .rand = self->rand,
        .module = self->index,
        .output = at_output,
        .noise = at_noise,
        .take_away = at_take_away,
        .data_ended = at_data_ended,
        .hung_up = at_hung_up,
        .user_data = self,
    };

    return sim_at_new (&config);
}

SimModule *
sim_module_new (guint               index,
                const SimScenario  *scenario,
                SimClock           *clock,
                SimLog             *log,
                SimTransport       *transport,
                SimReplay          *replay,
                GError            **error)
{
    g_autoptr(SimModule)  self = NULL;
    Private              *priv;

    priv = g_new0 (Private, 1);
    self = &priv->module;
    self->index = index;
    self->clock = clock;
    self->log = log;
    self->scenario = sim_scenario_copy (scenario);
    sim_scenario_number (self->scenario, index);
    self->faults = sim_faults_new (log, index);
    self->rand = g_rand_new_with_seed ((guint32) self->scenario->noise_seed);
    self->table = sim_at_table_new ();
    self->replay = replay;
    priv->transport = transport;
    priv->layout = g_strdup (self->scenario->layout);
    priv->pcui = make_at (self);
    priv->modem = make_at (self);

    self->identity = sim_identity_new (self);
    self->card = sim_card_new (self);
    self->network = sim_network_new (self);
    self->session = sim_session_new (self);
    self->calls = sim_calls_new (self);
    self->sms = sim_sms_new (self);
    self->ssl = sim_ssl_new (self);
    self->fota = sim_fota_new (self);
    self->noise = sim_noise_new (self);

    if (!sim_faults_add_list (self->faults, self->scenario->faults, error))
        return NULL;
    sim_log_event (self->log, self->index, "pieces",
                   "how", "s", self->scenario->pieces,
                   "seed", "i", (gint64) self->scenario->port_seed,
                   NULL);
    if (self->scenario->plugged)
        sim_module_plug (self);
    return g_steal_pointer (&self);
}

void
sim_module_free (SimModule *self)
{
    Private *priv = PRIVATE (self);

    sim_clock_clear (self->clock, &priv->power_timer);
    bus_leave (self);
    parts_off (self);
    sim_noise_free (self->noise);
    sim_fota_free (self->fota);
    sim_ssl_free (self->ssl);
    sim_sms_free (self->sms);
    sim_calls_free (self->calls);
    sim_session_free (self->session);
    sim_network_free (self->network);
    sim_card_free (self->card);
    sim_identity_free (self->identity);
    sim_at_free (priv->pcui);
    sim_at_free (priv->modem);
    g_hash_table_unref (self->table);
    g_rand_free (self->rand);
    sim_faults_free (self->faults);
    sim_scenario_free (self->scenario);
    g_free (priv->layout);
    g_free (priv);
}
