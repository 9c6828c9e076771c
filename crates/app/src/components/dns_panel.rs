//! The resolver's walk of the request on show: every name it tried, and what it was answered.

use packet::{Datagram, Frame, Payload, Transport, dns};
use trace::{Direction, Exchange, Flight, Journey, Purpose};
use yew::prelude::*;

use super::Dispatch;
use super::sentence::sentence;
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub dispatch: Dispatch,
}

/// The walk.
#[component]
pub fn DnsPanel(props: &Props) -> Html {
    let Some(run) = &props.run else {
        return html! {
            <p>{"Nothing was looked up yet. Send a request to a name, and every query will be listed here."}</p>
        };
    };
    let journey = &run.told.journey;
    let queries = journey.exchanges.iter().enumerate().filter_map(|(index, exchange)| {
        match &exchange.purpose {
            Purpose::Resolve(question) => Some((index, exchange, question)),
            Purpose::Http { .. } | Purpose::Connect | Purpose::Ping | Purpose::Probe => None,
        }
    });
    let rows: Vec<Html> = queries
        .enumerate()
        .map(|(number, (index, exchange, question))| {
            row(props, run, number + 1, index, exchange, question)
        })
        .collect();
    if rows.is_empty() {
        return html! {
            <p>{"The request on show looked up no name: it asked for an address. Send one to a name, such as http://web-service."}</p>
        };
    }
    html! {
        <table class="names" aria-label="DNS queries">
            <thead>
                <tr>
                    <th>{"#"}</th><th>{"asked"}</th><th>{"type"}</th><th>{"of"}</th>
                    <th>{"answer"}</th><th>{"why"}</th>
                </tr>
            </thead>
            <tbody>{for rows}</tbody>
        </table>
    }
}

fn row(
    props: &Props,
    run: &Run,
    number: usize,
    index: usize,
    exchange: &Exchange,
    question: &dns::Question,
) -> Html {
    let journey = &run.told.journey;
    let first = run
        .timeline
        .segments
        .iter()
        .find(|segment| journey.packets[segment.flight].exchange == index);
    let cue = first.map_or(0, |segment| segment.first_cue);
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::GoTo(cue)));
    let shown = run.timeline.cues.get(props.cue).map(|cue| journey.packets[cue.flight].exchange);
    let current = shown == Some(index);
    let asked = journey.packets_of(index).find(|flight| flight.direction == Direction::Request);
    let why = asked.and_then(|flight| flight.trace.steps().next()).map(|(hop, step)| {
        sentence(&trace::explain::reason(hop, step), &run.told.sources, &props.dispatch)
    });
    html! {
        <tr class={current.then_some("matched")} aria-current={current.then_some("true")}>
            <td>{number}</td>
            <td><button class="link" {onclick}>{&question.name}</button></td>
            <td>{question.record_type.to_string()}</td>
            <td>{packet::socket(exchange.server_address, exchange.server_port)}</td>
            <td>{answer(journey, index)}</td>
            <td class="words">{why.unwrap_or_default()}</td>
        </tr>
    }
}

/// What came back, or what became of the queries to which nothing did.
fn answer(journey: &Journey, index: usize) -> String {
    let mut replies = journey.packets_of(index).filter(|it| it.direction == Direction::Reply);
    if let Some(said) = replies.find_map(|flight| message(flight).map(said)) {
        return said;
    }
    let tries = journey.packets_of(index).filter(|it| it.direction == Direction::Request);
    let tries: Vec<&Flight> = tries.collect();
    let last = tries.last().and_then(|flight| flight.trace.steps().last());
    let ended = last.map(|(_, step)| trace::explain::title(step)).unwrap_or_default();
    match tries.len() {
        1 => format!("no answer: {ended}"),
        count => format!("no answer to {count} tries: {ended}"),
    }
}

/// The DNS message a packet carried when it arrived.
fn message(flight: &Flight) -> Option<&dns::Message> {
    let frame: &Frame = flight.trace.last_frame();
    match &frame.packet()?.transport {
        Transport::Udp(udp) => match &udp.payload {
            Datagram::Dns(message) => Some(message),
            Datagram::Vxlan { .. } | Datagram::Bytes(_) => None,
        },
        Transport::Tcp(tcp) => match &tcp.payload {
            Payload::Dns(message) => Some(message),
            Payload::Empty
            | Payload::HttpRequest(_)
            | Payload::HttpResponse(_)
            | Payload::Tls(_)
            | Payload::Bytes(_) => None,
        },
        Transport::Sctp(_) | Transport::Icmp(_) | Transport::IpInIp(_) => None,
    }
}

/// What a server answered: its records, or why there are none.
fn said(message: &dns::Message) -> String {
    if message.answers.is_empty() {
        return match message.rcode {
            dns::Rcode::NoError => "the name exists, without such a record".to_owned(),
            rcode => rcode.to_string(),
        };
    }
    let records = message.answers.iter().map(|record| record.data.to_string());
    records.collect::<Vec<_>>().join(", ")
}
