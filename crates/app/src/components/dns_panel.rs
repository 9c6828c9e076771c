//! The resolver's walk of the request on show: every name it tried, and what it was answered.

use packet::{Datagram, Frame, Payload, Transport, dns};
use trace::{Direction, Flight, Purpose};
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::{Change, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub dispatch: Dispatch,
}

/// The walk.
#[component]
pub fn DnsPanel(props: &Props) -> Html {
    let rows: Vec<Html> = props.run.iter().flat_map(|run| rows(run, &props.dispatch)).collect();
    if rows.is_empty() {
        return html! { <p>{"The request on show resolved no name."}</p> };
    }
    html! {
        <table class="names">
            <thead>
                <tr><th>{"asked"}</th><th>{"type"}</th><th>{"of"}</th><th>{"answer"}</th></tr>
            </thead>
            <tbody>{for rows}</tbody>
        </table>
    }
}

fn rows(run: &Run, dispatch: &Dispatch) -> Vec<Html> {
    let journey = &run.told.journey;
    let exchanges = journey.exchanges.iter().enumerate();
    exchanges
        .filter_map(|(index, exchange)| match &exchange.purpose {
            Purpose::Resolve(question) => Some((index, exchange, question)),
            Purpose::Http { .. } | Purpose::Connect | Purpose::Ping | Purpose::Probe => None,
        })
        .map(|(index, exchange, question)| {
            let answer = journey
                .packets_of(index)
                .filter(|flight| flight.direction == Direction::Reply)
                .find_map(|flight| message(flight).map(said));
            let first = run
                .timeline
                .segments
                .iter()
                .find(|segment| journey.packets[segment.flight].exchange == index);
            let cue = first.map_or(0, |segment| segment.first_cue);
            let dispatch = dispatch.clone();
            let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::GoTo(cue)));
            html! {
                <tr>
                    <td><button class="link" {onclick}>{&question.name}</button></td>
                    <td>{question.record_type.to_string()}</td>
                    <td>{packet::socket(exchange.server_address, exchange.server_port)}</td>
                    <td>{answer.unwrap_or_else(|| "no answer came".into())}</td>
                </tr>
            }
        })
        .collect()
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
