// Go with net/http and encoding/json, and nothing else: no middleware, no log.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"
	"time"
	"unicode/utf8"
)

var backend = os.Getenv("BACKEND_URL")

var client = &http.Client{
	Timeout:   20 * time.Second,
	Transport: &http.Transport{MaxIdleConns: 1024, MaxIdleConnsPerHost: 1024},
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/customers/{number}", customer)
	mux.HandleFunc("GET /v1/home/{id}", home)
	mux.HandleFunc("GET /v1/orders/{number}/lines", lines)
	mux.HandleFunc("POST /v1/checkouts", checkout)
	mux.HandleFunc("GET /v1/screens/{id}", screen)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN"), mux))
}

func get(path string, into any) error {
	response, err := client.Get(backend + path)
	if err != nil {
		return err
	}
	return read(response, http.StatusOK, into)
}

func post(path string, body, into any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := client.Post(backend+path, "application/json", bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	return read(response, http.StatusCreated, into)
}

func read(response *http.Response, status int, into any) error {
	defer response.Body.Close()
	if response.StatusCode != status {
		return fmt.Errorf("answered %d", response.StatusCode)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

func write(writer http.ResponseWriter, status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		http.Error(writer, "internal", http.StatusInternalServerError)
		return
	}
	writer.Header().Set("Content-Type", "application/json")
	writer.WriteHeader(status)
	_, _ = writer.Write(body)
}

// together runs all of them at once, and gives the first fault.
func together(calls ...func() error) error {
	faults := make([]error, len(calls))
	var group sync.WaitGroup
	for index, call := range calls {
		group.Add(1)
		go func() {
			defer group.Done()
			faults[index] = call()
		}()
	}
	group.Wait()
	for _, fault := range faults {
		if fault != nil {
			return fault
		}
	}
	return nil
}

// ---- W1 -------------------------------------------------------------------------------------------

type customerRecord struct {
	CUST_NO     string
	FIRST_NM    string
	LAST_NM     string
	BIRTH_DT    string
	EMAIL_ADDR  string
	PHONE_NO    string
	SEGMENT_CD  string
	CREATED_TS  string
	CREDIT_LIM  float64
	BALANCE_AMT float64
	CURRENCY_CD string
	LANG_CD     string
	VAT_NO      string
	MKT_FLG     bool
	VISIT_CNT   int64
	STREET_NM   string
	HOUSE_NO    string
	ZIP_CD      string
	CITY_NM     string
	CTRY_CD     string
}

type person struct {
	First string `json:"first"`
	Last  string `json:"last"`
	Born  string `json:"born"`
}

type contact struct {
	Email string `json:"email"`
	Phone string `json:"phone"`
}

type credit struct {
	Limit    float64 `json:"limit"`
	Balance  float64 `json:"balance"`
	Currency string  `json:"currency"`
}

type address struct {
	Street   string `json:"street"`
	Number   string `json:"number"`
	Postcode string `json:"postcode"`
	City     string `json:"city"`
	Country  string `json:"country"`
}

type customerView struct {
	ID         string  `json:"id"`
	Name       person  `json:"name"`
	Contact    contact `json:"contact"`
	Tier       string  `json:"tier"`
	Since      string  `json:"since"`
	Credit     credit  `json:"credit"`
	Language   string  `json:"language"`
	VatNumber  string  `json:"vatNumber"`
	Newsletter bool    `json:"newsletter"`
	Visits     int64   `json:"visits"`
	Address    address `json:"address"`
}

func customer(writer http.ResponseWriter, request *http.Request) {
	var r customerRecord
	if err := get("/customers/"+request.PathValue("number"), &r); err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	write(writer, http.StatusOK, customerView{
		ID:         r.CUST_NO,
		Name:       person{r.FIRST_NM, r.LAST_NM, r.BIRTH_DT},
		Contact:    contact{r.EMAIL_ADDR, r.PHONE_NO},
		Tier:       tier(r.SEGMENT_CD),
		Since:      r.CREATED_TS,
		Credit:     credit{r.CREDIT_LIM, r.BALANCE_AMT, r.CURRENCY_CD},
		Language:   r.LANG_CD,
		VatNumber:  r.VAT_NO,
		Newsletter: r.MKT_FLG,
		Visits:     r.VISIT_CNT,
		Address:    address{r.STREET_NM, r.HOUSE_NO, r.ZIP_CD, r.CITY_NM, r.CTRY_CD},
	})
}

func tier(segment string) string {
	switch segment {
	case "A":
		return "gold"
	case "B":
		return "silver"
	}
	return "basic"
}

// ---- W2 -------------------------------------------------------------------------------------------

type profile struct {
	Name   string `json:"name"`
	Tier   string `json:"tier"`
	Points int64  `json:"points"`
}

type order struct {
	ID     string  `json:"id"`
	Status string  `json:"status"`
	Total  float64 `json:"total"`
}

type activity struct {
	Text string `json:"text"`
	At   string `json:"at"`
}

type homeView struct {
	Name     string     `json:"name"`
	Tier     string     `json:"tier"`
	Points   int64      `json:"points"`
	Orders   []order    `json:"orders"`
	Activity []activity `json:"activity"`
}

func home(writer http.ResponseWriter, request *http.Request) {
	id := request.PathValue("id")
	var who profile
	var orders []order
	var activities []activity
	err := together(
		func() error { return get("/profiles/"+id, &who) },
		func() error { return get("/recent-orders/"+id, &orders) },
		func() error { return get("/activities/"+id, &activities) },
	)
	if err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	write(writer, http.StatusOK, homeView{
		Name:     who.Name,
		Tier:     who.Tier,
		Points:   who.Points,
		Orders:   orders[:min(3, len(orders))],
		Activity: activities[:min(5, len(activities))],
	})
}

// ---- W3, W7 ---------------------------------------------------------------------------------------

type lineRecord struct {
	LN_NO    int64
	MAT_NO   string
	MAT_TX   string
	QTY      int64
	UNIT_PRC float64
	NET_AMT  float64
	TAX_PCT  float64
	WHS_CD   string
	DLV_DT   string
	OPEN_FLG bool
}

type line struct {
	Number    int64   `json:"number"`
	Sku       string  `json:"sku"`
	Text      string  `json:"text"`
	Quantity  int64   `json:"quantity"`
	Price     float64 `json:"price"`
	Amount    float64 `json:"amount"`
	Tax       float64 `json:"tax"`
	Warehouse string  `json:"warehouse"`
	Delivery  string  `json:"delivery"`
	Open      bool    `json:"open"`
}

func lines(writer http.ResponseWriter, request *http.Request) {
	var records []lineRecord
	if err := get("/orders/"+request.PathValue("number")+"/lines", &records); err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	all := make([]line, 0, len(records))
	for _, r := range records {
		all = append(all, line{r.LN_NO, r.MAT_NO, r.MAT_TX, r.QTY, r.UNIT_PRC, r.NET_AMT, r.TAX_PCT, r.WHS_CD,
			r.DLV_DT, r.OPEN_FLG})
	}
	write(writer, http.StatusOK, all)
}

// ---- W4 -------------------------------------------------------------------------------------------

type item struct {
	Sku      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

type checkoutBody struct {
	Customer string  `json:"customer"`
	Currency string  `json:"currency"`
	Note     *string `json:"note"`
	Items    []item  `json:"items"`
	Token    string  `json:"token"`
}

type newOrder struct {
	Customer string  `json:"customer"`
	Currency string  `json:"currency"`
	Note     *string `json:"note,omitempty"`
	Lines    []item  `json:"lines"`
}

type createdOrder struct {
	ID     string  `json:"id"`
	Total  float64 `json:"total"`
	Placed string  `json:"placed"`
}

type reservation struct {
	Order string `json:"order"`
	Lines []item `json:"lines"`
}

type charge struct {
	Order  string  `json:"order"`
	Amount float64 `json:"amount"`
	Token  string  `json:"token"`
}

type hold struct {
	ID      string `json:"id"`
	Expires string `json:"expires"`
}

type paid struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

type placed struct {
	ID      string  `json:"id"`
	Total   float64 `json:"total"`
	Placed  string  `json:"placed"`
	Hold    string  `json:"hold"`
	Until   string  `json:"until"`
	Payment string  `json:"payment"`
	Paid    bool    `json:"paid"`
}

func within(text string, from, to int) bool {
	length := utf8.RuneCountInString(text)
	return from <= length && length <= to
}

func (body *checkoutBody) valid() bool {
	for _, item := range body.Items {
		if !within(item.Sku, 3, 20) || item.Quantity < 1 || item.Quantity > 1000 {
			return false
		}
	}
	return within(body.Customer, 3, 20) && (body.Currency == "EUR" || body.Currency == "USD") &&
		1 <= len(body.Items) && len(body.Items) <= 50 && within(body.Token, 8, 100)
}

func checkout(writer http.ResponseWriter, request *http.Request) {
	decoder := json.NewDecoder(http.MaxBytesReader(writer, request.Body, 1_000_000))
	decoder.DisallowUnknownFields()
	var body checkoutBody
	if err := decoder.Decode(&body); err != nil || !body.valid() {
		http.Error(writer, "bad request", http.StatusBadRequest)
		return
	}
	var created createdOrder
	if err := post("/orders", newOrder{body.Customer, body.Currency, body.Note, body.Items}, &created); err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	var held hold
	var payment paid
	err := together(
		func() error { return post("/holds", reservation{created.ID, body.Items}, &held) },
		func() error { return post("/charges", charge{created.ID, created.Total, body.Token}, &payment) },
	)
	if err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	write(writer, http.StatusCreated, placed{
		ID:      created.ID,
		Total:   created.Total,
		Placed:  created.Placed,
		Hold:    held.ID,
		Until:   held.Expires,
		Payment: payment.ID,
		Paid:    payment.Status == "paid",
	})
}

// ---- W6 -------------------------------------------------------------------------------------------

type shortRecord struct {
	FIRST_NM   string
	LAST_NM    string
	SEGMENT_CD string
	CITY_NM    string
}

type screenView struct {
	Name   string  `json:"name"`
	Tier   string  `json:"tier"`
	City   string  `json:"city"`
	Orders []order `json:"orders"`
}

func screen(writer http.ResponseWriter, request *http.Request) {
	id := request.PathValue("id")
	var r shortRecord
	var orders []order
	err := together(
		func() error { return get("/customers/"+id, &r) },
		func() error { return get("/recent-orders/"+id, &orders) },
	)
	if err != nil {
		http.Error(writer, "bad gateway", http.StatusBadGateway)
		return
	}
	write(writer, http.StatusOK, screenView{
		Name:   r.FIRST_NM + " " + r.LAST_NM,
		Tier:   tier(r.SEGMENT_CD),
		City:   r.CITY_NM,
		Orders: orders[:min(3, len(orders))],
	})
}
