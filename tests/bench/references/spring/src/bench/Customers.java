package bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** W1. */
@RestController
public class Customers {
    record Stored(
            @JsonProperty("CUST_NO") String id,
            @JsonProperty("FIRST_NM") String first,
            @JsonProperty("LAST_NM") String last,
            @JsonProperty("BIRTH_DT") String born,
            @JsonProperty("EMAIL_ADDR") String email,
            @JsonProperty("PHONE_NO") String phone,
            @JsonProperty("SEGMENT_CD") String segment,
            @JsonProperty("CREATED_TS") String created,
            @JsonProperty("CREDIT_LIM") double limit,
            @JsonProperty("BALANCE_AMT") double balance,
            @JsonProperty("CURRENCY_CD") String currency,
            @JsonProperty("LANG_CD") String language,
            @JsonProperty("VAT_NO") String vatNumber,
            @JsonProperty("MKT_FLG") boolean newsletter,
            @JsonProperty("VISIT_CNT") long visits,
            @JsonProperty("STREET_NM") String street,
            @JsonProperty("HOUSE_NO") String house,
            @JsonProperty("ZIP_CD") String postcode,
            @JsonProperty("CITY_NM") String city,
            @JsonProperty("CTRY_CD") String country) {

        Customer shown() {
            return new Customer(
                    id,
                    new Person(first, last, born),
                    new Contact(email, phone),
                    tier(segment),
                    created,
                    new Credit(limit, balance, currency),
                    language,
                    vatNumber,
                    newsletter,
                    visits,
                    new Address(street, house, postcode, city, country));
        }
    }

    record Person(String first, String last, String born) {}

    record Contact(String email, String phone) {}

    record Credit(double limit, double balance, String currency) {}

    record Address(String street, String number, String postcode, String city, String country) {}

    record Customer(
            String id,
            Person name,
            Contact contact,
            String tier,
            String since,
            Credit credit,
            String language,
            String vatNumber,
            boolean newsletter,
            long visits,
            Address address) {}

    private final Backend backend;

    public Customers(Backend backend) {
        this.backend = backend;
    }

    @GetMapping("/v1/customers/{number}")
    Mono<Customer> customer(@PathVariable String number) {
        return backend.get(Stored.class, "/customers/{number}", number).map(Stored::shown);
    }

    static String tier(String segment) {
        return switch (segment) {
            case "A" -> "gold";
            case "B" -> "silver";
            default -> "basic";
        };
    }
}
