package bench;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Spring Boot with WebFlux on Netty, WebClient and Jackson: no filters, and no line for each request. */
@SpringBootApplication
public class Application {
    public static void main(String[] arguments) {
        String[] listen = System.getenv("LISTEN").split(":");
        SpringApplication application = new SpringApplication(Application.class);
        application.setDefaultProperties(Map.of(
                "server.address", listen[0],
                "server.port", listen[1],
                "spring.codec.max-in-memory-size", "1MB",
                "spring.jackson.deserialization.fail-on-unknown-properties", true,
                "spring.jackson.deserialization.accept-float-as-int", false,
                "spring.jackson.mapper.allow-coercion-of-scalars", false));
        application.run(arguments);
    }
}
