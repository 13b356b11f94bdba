/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (C) 2026 modemmanager-tdtech authors */

package fleet;

import org.eclipse.hawkbit.autoconfigure.security.SecurityManagedConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Import;

/* Eclipse hawkBit's update server, as its own starter has it, without the web interface */
@SpringBootApplication
@Import(SecurityManagedConfiguration.class)
public class Server {
    public static void main(String[] arguments) {
        SpringApplication.run(Server.class, arguments);
    }
}
