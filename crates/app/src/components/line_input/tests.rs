//! Lines as they are typed, key by key.

use super::*;

#[test]
fn a_line_is_typed_mended_and_run() {
    let mut line = LineInput::default();
    line.typed("kubectl get posd");
    line.typed("\u{7f}\u{7f}ds");
    assert_eq!(line.typed("\r"), [Wish::Run("kubectl get pods".into())]);
    assert_eq!(line.text(), "");
}

#[test]
fn a_loop_goes_on_over_lines_and_is_remembered_as_one() {
    let mut line = LineInput::default();
    let wishes = line.typed("for i in 1 2; do\recho $i\r\u{7f}done\r");
    assert_eq!(wishes.iter().filter(|wish| **wish == Wish::GoOn).count(), 2);
    assert_eq!(wishes.last(), Some(&Wish::Run("for i in 1 2; do\necho $i\ndone".into())));
    assert_eq!(line.history(), ["for i in 1 2; do echo $i; done"]);
    line.typed("kubectl apply -f - <<EOF\rkind: Pod\r");
    assert_eq!(line.shown(), (true, String::new()));
    assert_eq!(
        line.typed("EOF\r").last(),
        Some(&Wish::Run("kubectl apply -f - <<EOF\nkind: Pod\nEOF".into()))
    );
    assert_eq!(line.history().len(), 1);
}

#[test]
fn history_comes_back() {
    let mut line = LineInput::default();
    line.typed("one\rtwo\r");
    line.typed("\u{1b}[A\u{1b}[A");
    assert_eq!(line.text(), "one");
    line.typed("\u{1b}[B");
    assert_eq!(line.text(), "two");
    line.typed("\u{1b}[B");
    assert_eq!(line.text(), "");
}

#[test]
fn a_line_is_found_in_the_history_of_earlier_visits() {
    let before = ["kubectl get pods", "kubectl get svc", "clear"].map(str::to_owned);
    let mut line = LineInput::remembering(before.to_vec());
    line.typed("\u{12}get");
    assert_eq!(line.searched(), Some(("get", "kubectl get svc")));
    line.typed("\u{12}");
    assert_eq!(line.searched(), Some(("get", "kubectl get pods")));
    assert_eq!(line.typed("\r"), [Wish::Run("kubectl get pods".into())]);
    line.typed("\u{12}clear\u{3}");
    assert_eq!((line.searched(), line.text().as_str()), (None, ""));
}

#[test]
fn a_completion_takes_the_last_words_place() {
    let mut line = LineInput::default();
    assert_eq!(
        line.typed("kubectl get po\t").last(),
        Some(&Wish::Complete("kubectl get po".into()))
    );
    line.complete(12, "pods", false);
    assert_eq!(line.text(), "kubectl get pods ");
}
