// Go's net/http as a client of our server, and as a server for our client. Standard library only.
//
//	peer client URL CERT LENGTHS    every exchange of the suite; prints what went wrong, or "good"
//	peer server PORT CERT KEY       serves until it is ended
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
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
	if answer.Proto != "HTTP/2.0" {
		fail("the answer came by %s", answer.Proto)
	}
	return io.ReadAll(answer.Body)
}

func ask(url, certFile, lengths string) {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(must(os.ReadFile(certFile)))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	client := &http.Client{Transport: transport}

	for _, text := range strings.Split(lengths, ",") {
		length := must(strconv.Atoi(text))
		expected := content(length)
		got := must(whole(client.Get(fmt.Sprintf("%s/bytes/%d", url, length))))
		if !bytes.Equal(got, expected) {
			fail("GET %d: other content", length)
		}
		// Hidden behind MultiReader its length is not known beforehand.
		for _, body := range []io.Reader{bytes.NewReader(expected), io.MultiReader(bytes.NewReader(expected))} {
			if !bytes.Equal(must(whole(client.Post(url+"/echo", "text/plain", body))), expected) {
				fail("echo %d: other content", length)
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
	request := must(http.NewRequest("GET", url, nil))
	for at := 0; at < 250; at++ {
		request.Header.Set(fmt.Sprintf("x-%d", at), "1")
	}
	large := must(client.Do(request))
	large.Body.Close()
	if large.StatusCode != 431 {
		fail("too many fields: %d", large.StatusCode)
	}
	endless := must(client.Get(url + "/endless"))
	must(io.ReadFull(endless.Body, make([]byte, 100_000)))
	endless.Body.Close()
	if _, err := whole(client.Get(url + "/fail")); err == nil || !strings.Contains(err.Error(), "INTERNAL_ERROR") {
		fail("a stream that breaks: %v", err)
	}
	if got := must(whole(client.Get(url))); string(got) != "hello" {
		fail("afterwards: %s", got)
	}
}

func serve(port, certFile, keyFile string) {
	http.HandleFunc("/bytes/", func(writer http.ResponseWriter, request *http.Request) {
		length, _ := strconv.Atoi(strings.TrimPrefix(request.URL.Path, "/bytes/"))
		writer.Write(content(length))
	})
	http.HandleFunc("/echo", func(writer http.ResponseWriter, request *http.Request) {
		writer.Header().Set("Trailer", "X-Length, X-Sum")
		writer.WriteHeader(200)
		length, _ := io.Copy(writer, request.Body)
		writer.Header().Set("X-Length", strconv.FormatInt(length, 10))
		writer.Header().Set("X-Sum", request.Trailer.Get("X-Sum"))
	})
	http.HandleFunc("/fail", func(writer http.ResponseWriter, request *http.Request) {
		writer.Write(content(1000))
		writer.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	http.HandleFunc("/close", func(writer http.ResponseWriter, request *http.Request) {
		// On HTTP/2 this is GOAWAY.
		writer.Header().Set("Connection", "close")
		writer.Write([]byte("bye"))
	})
	fail("%v", http.ListenAndServeTLS("127.0.0.1:"+port, certFile, keyFile, nil))
}
