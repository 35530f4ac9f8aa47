package bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** W6. */
@RestController
public class Screens {
    record Customer(
            @JsonProperty("FIRST_NM") String first,
            @JsonProperty("LAST_NM") String last,
            @JsonProperty("SEGMENT_CD") String segment,
            @JsonProperty("CITY_NM") String city) {}

    record Screen(String name, String tier, String city, List<Home.Order> orders) {}

    private final Backend backend;

    public Screens(Backend backend) {
        this.backend = backend;
    }

    @GetMapping("/v1/screens/{id}")
    Mono<Screen> screen(@PathVariable String id) {
        return Mono.zip(
                backend.get(Customer.class, "/customers/{id}", id),
                backend.get(Home.Order[].class, "/recent-orders/{id}", id),
                (customer, orders) -> new Screen(
                        customer.first() + " " + customer.last(),
                        Customers.tier(customer.segment()),
                        customer.city(),
                        Home.first(3, orders)));
    }
}
