package bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.validation.Valid;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** W4. */
@RestController
public class Checkouts {
    record Item(@NotNull @Size(min = 3, max = 20) String sku, @Min(1) @Max(1000) long quantity) {}

    record Checkout(
            @NotNull @Size(min = 3, max = 20) String customer,
            @NotNull @Pattern(regexp = "EUR|USD") String currency,
            String note,
            @NotNull @Size(min = 1, max = 50) List<@NotNull @Valid Item> items,
            @NotNull @Size(min = 8, max = 100) String token) {}

    record NewOrder(
            String customer,
            String currency,
            @JsonInclude(JsonInclude.Include.NON_NULL) String note,
            List<Item> lines) {}

    record Order(String id, double total, String placed) {}

    record Reservation(String order, List<Item> lines) {}

    record Charge(String order, double amount, String token) {}

    record Hold(String id, String expires) {}

    record Payment(String id, String status) {}

    record Placed(
            String id,
            double total,
            String placed,
            String hold,
            String until,
            String payment,
            boolean paid) {}

    private final Backend backend;

    public Checkouts(Backend backend) {
        this.backend = backend;
    }

    @PostMapping("/v1/checkouts")
    @ResponseStatus(HttpStatus.CREATED)
    Mono<Placed> checkout(@Valid @RequestBody Checkout body) {
        NewOrder order = new NewOrder(body.customer(), body.currency(), body.note(), body.items());
        return backend.post(Order.class, "/orders", order).flatMap(created -> settle(body, created));
    }

    private Mono<Placed> settle(Checkout body, Order order) {
        Reservation reservation = new Reservation(order.id(), body.items());
        Charge charge = new Charge(order.id(), order.total(), body.token());
        return Mono.zip(
                backend.post(Hold.class, "/holds", reservation),
                backend.post(Payment.class, "/charges", charge),
                (hold, payment) -> new Placed(
                        order.id(),
                        order.total(),
                        order.placed(),
                        hold.id(),
                        hold.expires(),
                        payment.id(),
                        payment.status().equals("paid")));
    }
}
