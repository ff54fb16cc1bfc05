// The oracle: fills templates with Go's own text/template, as Lilypad does. One JSON request a line on stdin, one answer a
// line on stdout: {"template": "...", "inputs": {"Name": "<JSON of the value>"}} -> {"text": "..."} or {"error": "..."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"text/template"
)

type request struct {
	Template string            `json:"template"`
	Inputs   map[string]string `json:"inputs"`
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

func subst(format string, encoded ...string) (string, error) {
	values := make([]any, len(encoded))
	for i, input := range encoded {
		var text string
		if err := json.Unmarshal([]byte(input), &text); err != nil {
			return "", err
		}
		values[i] = text
	}
	return fmt.Sprintf(format, values...), nil
}

func fill(asked request) (answer, error) {
	parsed, err := template.New("module").Funcs(template.FuncMap{"subst": subst}).Parse(asked.Template)
	if err != nil {
		return answer{}, err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, asked.Inputs); err != nil {
		return answer{}, err
	}
	return answer{Text: out.String()}, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		filled, err := fill(asked)
		if err != nil {
			filled = answer{Error: err.Error()}
		}
		if err := out.Encode(filled); err != nil {
			panic(err)
		}
	}
}
