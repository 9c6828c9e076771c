//! What `podhop lesson new` writes: a small lesson that passes its checks and explains itself.

use crate::lesson::Kind;

/// A template for a lesson of a kind: `lesson`, `fault`, `card` or `task`.
///
/// # Errors
/// What is wrong with the id or the kind.
pub fn template(id: &str, kind: &str) -> Result<String, String> {
    let letters =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if id.is_empty() || !id.chars().all(letters) {
        return Err(format!("`{id}` is no id: use small letters, digits and dashes"));
    }
    let known = Kind::ALL.iter().find(|(word, _)| *word == kind).map(|(_, kind)| *kind);
    let (own, body) = match known {
        Some(Kind::Lesson) => ("section: 99                 # its place in the course", LESSON),
        Some(Kind::Fault) => ("fault: T99                  # its number", FAULT),
        Some(Kind::Task) => ("task: D99                   # its number", FAULT),
        Some(Kind::Card) => ("misconception: 99           # its number", CARD),
        Some(Kind::Exam | Kind::Guide) | None => {
            return Err(format!(
                "`{kind}` has no template: `lesson`, `fault`, `card` and `task` have"
            ));
        }
    };
    let mut title = id.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    Ok(format!(
        "---\nid: {id}\ntitle: {title}\nkind: {kind}\n{own}\nminutes: 5\nrequires: []                # ids of lessons to do before\nteaches: [service]          # words it explains\n# cluster: {{cni: calico-vxlan, kube-proxy: iptables, ingress: nginx, gateway: nginx, load-balancer: google, nodes: 3}}\n# bare: files               # an empty editor\n---\n\n# {title}\n\n{body}"
    ))
}

const CARD: &str = r#"One sentence that sets the scene. The opening cluster runs `frontend` and three Pods of `web-app` behind
`web-service`.

## What happens?

```predict
question: "What does `frontend` get from `http://web-service`?"
options:
- text: An answer
  right: true
  because: "The Service has three ready endpoints, and one of them answers."
- text: Nothing
  because: "Say here what the learner overlooked."
  misconception: The wrong idea behind this answer, in a few words
```

```watch
from: pod/default/frontend
to: http://web-service
expect: reaches
pause: nat
```

Say here what was to be seen, in two or three sentences.
"#;

const FAULT: &str = r#"Say what the learner would be told: the symptom, never the cause.

```yaml start file=service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web-service
spec:
  selector:
    app: web
  ports:
  - port: 80
    targetPort: 8080
```

## Find it and mend it

```checks
- reaches: {from: pod/default/frontend, to: http://web-service}
- unchanged: deployment/default/web-app
  control: true
```

```hint
Where to look.
```

```hint
What the symptom means.
```

```yaml solution file=service.yaml
apiVersion: v1
kind: Service
metadata:
  name: web-service
spec:
  selector:
    app: web-app
  ports:
  - port: 80
    targetPort: 8080
```

```console wrong says="was changed"
$ kubectl scale deployment web-app --replicas=5
```
"#;

const LESSON: &str = r#"Say in two sentences what the learner will be able to do afterwards.

## Look

A step is a heading and what stands below it. A learner can run each of these commands, and CI compares
what they print: a line `…` stands for any lines.

```console try
$ kubectl get service web-service
NAME          TYPE        CLUSTER-IP    EXTERNAL-IP   PORT(S)   AGE
web-service   ClusterIP   10.96.15.20   <none>        80/TCP    …
```

## Predict, then watch

```predict
question: "`web-app` is scaled to nothing. What does `frontend` get from `http://web-service`?"
options:
- text: A refusal, at once
  right: true
  because: "Without endpoints the rules of the Service refuse on the client's own node."
- text: Silence
  because: "A Service without endpoints refuses out loud; silence is what a policy or a dead node does."
  misconception: Whatever is gone is silent
```

## Do it

Scale `web-app` to nothing. Checks tick as they come true; each says what it observed.

```checks
- refused: {from: pod/default/frontend, to: http://web-service}
- exists: service/default/web-service
  control: true
```

```hint
Where to look: `kubectl scale --help`, or `replicas` in `deployment.yaml`.
```

```console solution
$ kubectl scale deployment web-app --replicas=0
```

```console wrong says="expected `connection refused`"
$ kubectl scale deployment web-app --replicas=1
```
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_passes_what_ci_asks() {
        for kind in ["lesson", "fault", "card", "task"] {
            let text = template("my-first-one", kind).unwrap();
            let (lesson, findings) = crate::read("my-first-one.md", &text);
            assert_eq!(findings, [], "{kind}");
            assert_eq!(crate::verify(&lesson, &text).findings, [], "{kind}");
        }
        assert!(template("My first", "lesson").is_err());
        assert!(template("a", "exam").is_err());
    }
}
