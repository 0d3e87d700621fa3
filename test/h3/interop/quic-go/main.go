// quic-go as a client of our server, and as a server for our client.
//
//	peer client URL CERT LENGTHS    every exchange of the suite; prints what went wrong, or "good"
//	peer server PORT CERT KEY       serves until it is ended
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/quic-go/quic-go"
	"github.com/quic-go/quic-go/http3"
)

func content(length int) []byte {
	whole := make([]byte, length)
	for at := range whole {
		whole[at] = byte(at*31 + at>>8)
	}
	return whole
}

func fail(format string, values ...any) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

func must[T any](value T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return value
}

func main() {
	if len(os.Args) != 5 {
		fail("client URL CERT LENGTHS, or server PORT CERT KEY")
	}
	if os.Args[1] == "server" {
		serve(os.Args[2], os.Args[3], os.Args[4])
	} else {
		ask(os.Args[2], os.Args[3], os.Args[4])
	}
}

func whole(answer *http.Response, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.Proto != "HTTP/3.0" {
		fail("the answer came by %s", answer.Proto)
	}
	return io.ReadAll(answer.Body)
}

func same(one, other []byte) bool { return sha256.Sum256(one) == sha256.Sum256(other) }

func ask(url, certFile, lengths string) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(certFile)))
	transport := &http3.Transport{
		TLSClientConfig: &tls.Config{RootCAs: pool},
		QUICConfig:      &quic.Config{EnableDatagrams: true},
		EnableDatagrams: true,
	}
	client := &http.Client{Transport: transport, Timeout: 60 * time.Second}

	for _, text := range strings.Split(lengths, ",") {
		length := must(strconv.Atoi(text))
		expected := content(length)
		answer := must(client.Get(fmt.Sprintf("%s/bytes/%d", url, length)))
		if got := must(whole(answer, nil)); answer.StatusCode != 200 || !same(got, expected) {
			fail("GET %d: %d, %d bytes", length, answer.StatusCode, len(got))
		}
		// Hidden behind MultiReader its length is not known beforehand.
		for _, body := range []io.Reader{bytes.NewReader(expected), io.MultiReader(bytes.NewReader(expected))} {
			if got := must(whole(client.Post(url+"/echo", "text/plain", body))); !same(got, expected) {
				fail("echo %d: %d bytes, other content", length, len(got))
			}
		}
	}
	trailers(client, url)
	many(client, url)
	rest(client, url)
	fmt.Println("good")
}

func trailers(client *http.Client, url string) {
	request := must(http.NewRequest("POST", url+"/count", io.MultiReader(strings.NewReader("abc"))))
	request.Trailer = http.Header{"X-Sum": {"7"}}
	if got := must(whole(client.Do(request))); string(got) != "3 7" {
		fail("trailers of the request: %s", got)
	}
	answer := must(client.Post(url+"/echo", "text/plain", strings.NewReader("abc")))
	must(io.ReadAll(answer.Body))
	answer.Body.Close()
	if answer.Trailer.Get("x-length") != "3" {
		fail("trailers of the answer: %v", answer.Trailer)
	}
}

func many(client *http.Client, url string) {
	var group sync.WaitGroup
	for at := 0; at < 300; at++ {
		group.Add(1)
		go func(length int) {
			defer group.Done()
			if got := must(whole(client.Get(fmt.Sprintf("%s/bytes/%d", url, length)))); len(got) != length {
				fail("many: %d bytes and not %d", len(got), length)
			}
		}(at)
	}
	group.Wait()
}

func rest(client *http.Client, url string) {
	head := must(client.Head(url + "/bytes/7"))
	if head.StatusCode != 200 {
		fail("HEAD: %d", head.StatusCode)
	}
	request := must(http.NewRequest("GET", url+"/cookies", nil))
	request.AddCookie(&http.Cookie{Name: "a", Value: "1"})
	request.AddCookie(&http.Cookie{Name: "b", Value: "2"})
	if got := must(whole(client.Do(request))); string(got) != "a=1; b=2" {
		fail("cookies: %s", got)
	}
	request = must(http.NewRequest("GET", url, nil))
	for at := 0; at < 300; at++ {
		request.Header.Add("Cookie", fmt.Sprintf("c%d=1", at))
	}
	large := must(client.Do(request))
	large.Body.Close()
	if large.StatusCode != 431 {
		fail("too many cookies: %d", large.StatusCode)
	}
	ctx, cancel := context.WithCancel(context.Background())
	endless := must(client.Do(must(http.NewRequestWithContext(ctx, "GET", url+"/endless", nil))))
	must(io.ReadFull(endless.Body, make([]byte, 100_000)))
	cancel()
	_, err := whole(client.Get(url + "/fail"))
	var broken *http3.Error
	if !errors.As(err, &broken) || broken.ErrorCode != http3.ErrCodeInternalError || !broken.Remote {
		fail("a stream that breaks: %v", err)
	}
	if got := must(whole(client.Get(url))); string(got) != "hello" {
		fail("afterwards: %s", got)
	}
}

func serve(port, certFile, keyFile string) {
	routes := http.NewServeMux()
	routes.HandleFunc("/{$}", func(writer http.ResponseWriter, request *http.Request) {
		io.WriteString(writer, "hello")
	})
	routes.HandleFunc("/version", func(writer http.ResponseWriter, request *http.Request) {
		fmt.Fprint(writer, request.ProtoMajor)
	})
	routes.HandleFunc("/bytes/{length}", func(writer http.ResponseWriter, request *http.Request) {
		writer.Write(content(must(strconv.Atoi(request.PathValue("length")))))
	})
	routes.HandleFunc("/count", func(writer http.ResponseWriter, request *http.Request) {
		length := must(io.Copy(io.Discard, request.Body))
		fmt.Fprintf(writer, "%d %s", length, request.Trailer.Get("X-Sum"))
	})
	routes.HandleFunc("/cookies", func(writer http.ResponseWriter, request *http.Request) {
		io.WriteString(writer, strings.Join(request.Header["Cookie"], "; "))
	})
	routes.HandleFunc("/echo", func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Trailer", "X-Length, X-Sum")
		writer.WriteHeader(200)
		writer.(http.Flusher).Flush()
		length, _ := io.Copy(writer, request.Body)
		writer.Header().Set("X-Length", strconv.FormatInt(length, 10))
		if sum := request.Trailer.Get("X-Sum"); sum != "" {
			writer.Header().Set("X-Sum", sum)
		}
	})
	routes.HandleFunc("/hints", func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Link", "</style.css>; rel=preload")
		writer.WriteHeader(http.StatusEarlyHints)
		io.WriteString(writer, "hinted")
	})
	routes.HandleFunc("/fail", func(writer http.ResponseWriter, request *http.Request) {
		writer.Write(content(1000))
		writer.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	routes.HandleFunc("/endless", func(writer http.ResponseWriter, request *http.Request) {
		for err := error(nil); err == nil; {
			_, err = writer.Write(content(16_384))
		}
	})
	server := &http3.Server{
		Addr:            "127.0.0.1:" + port,
		Handler:         routes,
		EnableDatagrams: true,
		MaxHeaderBytes:  8_192,
	}
	fail("%v", server.ListenAndServeTLS(certFile, keyFile))
}
