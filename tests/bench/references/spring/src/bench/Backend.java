package bench;

import java.time.Duration;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.stereotype.Component;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.server.ResponseStatusException;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;

/** The systems behind. Fields that they add are no fault, unlike those of who asks. */
@Component
public class Backend {
    private final WebClient client;

    public Backend() {
        HttpClient http = HttpClient.create(ConnectionProvider.create("backend", 1024))
                .responseTimeout(Duration.ofSeconds(20));
        client = WebClient.builder()
                .baseUrl(System.getenv("BACKEND_URL"))
                .clientConnector(new ReactorClientHttpConnector(http))
                .codecs(codecs -> codecs.defaultCodecs().maxInMemorySize(-1))
                .build();
    }

    public <T> Mono<T> get(Class<T> type, String path, Object... variables) {
        return read(client.get().uri(path, variables), HttpStatus.OK, type);
    }

    public <T> Mono<T> post(Class<T> type, String path, Object body) {
        return read(client.post().uri(path).bodyValue(body), HttpStatus.CREATED, type);
    }

    private static <T> Mono<T> read(WebClient.RequestHeadersSpec<?> request, HttpStatus status, Class<T> type) {
        return request
                .exchangeToMono(answer -> answer.statusCode().equals(status)
                        ? answer.bodyToMono(type)
                        : answer.createError())
                .onErrorMap(fault -> new ResponseStatusException(HttpStatus.BAD_GATEWAY, "bad gateway", fault));
    }
}
