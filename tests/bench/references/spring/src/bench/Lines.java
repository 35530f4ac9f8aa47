package bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** W3 and W7. The list is read whole: one by one each line would be cut out of the answer before it is read. */
@RestController
public class Lines {
    record Stored(
            @JsonProperty("LN_NO") long number,
            @JsonProperty("MAT_NO") String sku,
            @JsonProperty("MAT_TX") String text,
            @JsonProperty("QTY") long quantity,
            @JsonProperty("UNIT_PRC") double price,
            @JsonProperty("NET_AMT") double amount,
            @JsonProperty("TAX_PCT") double tax,
            @JsonProperty("WHS_CD") String warehouse,
            @JsonProperty("DLV_DT") String delivery,
            @JsonProperty("OPEN_FLG") boolean open) {

        Line shown() {
            return new Line(number, sku, text, quantity, price, amount, tax, warehouse, delivery, open);
        }
    }

    record Line(
            long number,
            String sku,
            String text,
            long quantity,
            double price,
            double amount,
            double tax,
            String warehouse,
            String delivery,
            boolean open) {}

    private final Backend backend;

    public Lines(Backend backend) {
        this.backend = backend;
    }

    @GetMapping("/v1/orders/{number}/lines")
    Mono<List<Line>> lines(@PathVariable String number) {
        return backend.get(Stored[].class, "/orders/{number}/lines", number)
                .map(all -> Stream.of(all).map(Stored::shown).toList());
    }
}
