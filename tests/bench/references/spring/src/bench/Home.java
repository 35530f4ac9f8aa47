package bench;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** W2. */
@RestController
public class Home {
    record Profile(String name, String tier, long points) {}

    record Order(String id, String status, double total) {}

    record Activity(String text, String at) {}

    record View(String name, String tier, long points, List<Order> orders, List<Activity> activity) {}

    private final Backend backend;

    public Home(Backend backend) {
        this.backend = backend;
    }

    @GetMapping("/v1/home/{id}")
    Mono<View> home(@PathVariable String id) {
        return Mono.zip(
                        backend.get(Profile.class, "/profiles/{id}", id),
                        backend.get(Order[].class, "/recent-orders/{id}", id),
                        backend.get(Activity[].class, "/activities/{id}", id))
                .map(all -> {
                    Profile profile = all.getT1();
                    return new View(
                            profile.name(),
                            profile.tier(),
                            profile.points(),
                            first(3, all.getT2()),
                            first(5, all.getT3()));
                });
    }

    static <T> List<T> first(int count, T[] all) {
        return List.of(all).subList(0, Math.min(count, all.length));
    }
}
