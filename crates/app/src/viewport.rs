//! The part of the map that is seen: wheel, drag, pinch, keys and buttons move it, and nothing else
//! does. It writes the drawings' `viewBox` itself, so that no move draws the map anew.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use topology::{Point, Rect};
use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent, WheelEvent};
use yew::prelude::*;

use crate::focus;
use crate::pointing::{is_on_map, page_scrolls, pixel_of};

/// How far in a person can go, beside the whole map.
const NEAREST: f32 = 8.0;
/// As many pixels a unit of the map has at most when something on it is shown.
const LARGE: f32 = 1.3;
/// How far out.
const FARTHEST: f32 = 0.5;
/// A press that moves less than this is a click, in pixels.
const CLICK: f32 = 5.0;
/// What one press of a key or button does.
const STEP: f32 = 1.3;
/// What an arrow key moves, in pixels.
const ARROW: f32 = 60.0;

/// The part of the map that is seen.
#[derive(Default)]
pub struct Viewport {
    area: NodeRef,
    whole: Cell<Rect>,
    /// What is seen; nothing while it is the whole map.
    part: Cell<Option<Rect>>,
    pressed: RefCell<BTreeMap<i32, Point>>,
    start: Cell<Point>,
    dragged: Cell<bool>,
}

/// A part of the map that stays as it is while the map changes, and shows what is asked for: in
/// the middle, or beside the card that lies over the right side.
#[hook]
pub fn use_viewport(whole: Rect, wish: Option<(u32, Option<Rect>)>, beside: bool) -> Rc<Viewport> {
    let area = use_node_ref();
    let viewport = use_memo((), |()| Viewport { area, ..Viewport::default() });
    {
        let viewport = viewport.clone();
        use_effect_with(whole, move |whole| {
            viewport.whole.set(*whole);
            viewport.write();
        });
    }
    {
        let viewport = viewport.clone();
        // Once for each wish, however the map changes afterwards.
        use_effect_with(wish.map(|(wish, _)| wish), move |_| match wish {
            Some((_, Some(rect))) => viewport.show(rect, beside),
            Some((_, None)) => viewport.fit(),
            None => {}
        });
    }
    {
        let viewport = viewport.clone();
        use_effect_with((), move |()| {
            let listeners = viewport.listen();
            move || drop(listeners)
        });
    }
    viewport
}

impl Viewport {
    /// What the map is drawn in.
    pub fn area(&self) -> NodeRef {
        self.area.clone()
    }

    /// Shows the whole map.
    pub fn fit(&self) {
        self.part.set(None);
        self.write();
    }

    /// One step nearer, or farther.
    pub fn step(&self, nearer: bool) {
        let seen = self.seen();
        self.zoom(if nearer { STEP } else { 1.0 / STEP }, seen.center());
    }

    /// Shows a place with what is around it, so large that it is read with ease.
    fn show(&self, rect: Rect, beside: bool) {
        let whole = self.whole.get();
        let share = (rect.width / whole.width).max(rect.height / whole.height) * 1.5;
        let fitting = self.scale().map(|(scale, _)| scale * self.seen().width / whole.width);
        let nearest = fitting.map_or(1.0, |fitting| fitting / LARGE);
        let share = share.clamp(nearest.min(1.0), 1.0);
        let (width, height) = (whole.width * share, whole.height * share);
        let middle = rect.center();
        let beside = beside && !page_scrolls();
        let left = if beside { rect.x - width * 0.03 } else { middle.x - width / 2.0 };
        let part = Rect::new(left, middle.y - height / 2.0, width, height);
        self.part.set(Some(part));
        self.write();
    }

    fn seen(&self) -> Rect {
        self.part.get().unwrap_or(self.whole.get())
    }

    /// Goes nearer by a factor; a point of the map stays where it is.
    fn zoom(&self, factor: f32, fixed: Point) {
        let (seen, whole) = (self.seen(), self.whole.get());
        let scale = (whole.width / seen.width * factor).clamp(FARTHEST, NEAREST);
        let part = seen.scaled(whole.width / scale / seen.width, fixed);
        self.part.set(Some(part));
        self.write();
    }

    /// Moves the map by so many pixels.
    fn pan(&self, x: f32, y: f32) {
        let Some((scale, _)) = self.scale() else { return };
        let (seen, whole) = (self.seen(), self.whole.get());
        // Some of the map always stays in sight.
        let left = (seen.x - x / scale)
            .clamp(whole.x - seen.width * 0.8, whole.right() - seen.width * 0.2);
        let top = (seen.y - y / scale)
            .clamp(whole.y - seen.height * 0.8, whole.bottom() - seen.height * 0.2);
        self.part.set(Some(Rect::new(left, top, seen.width, seen.height)));
        self.write();
    }

    /// Pixels for each unit of the map, and the pixel that the part's corner is at.
    fn scale(&self) -> Option<(f32, Point)> {
        let sheet = self.area.cast::<Element>()?.query_selector("svg").ok()??;
        let (frame, seen) = (sheet.get_bounding_client_rect(), self.seen());
        let (width, height) = (frame.width() as f32, frame.height() as f32);
        let scale = (width / seen.width).min(height / seen.height);
        let x = frame.left() as f32 + (width - seen.width * scale) / 2.0;
        let y = frame.top() as f32 + (height - seen.height * scale) / 2.0;
        (scale > 0.0).then_some((scale, Point::new(x, y)))
    }

    /// The point of the map under a pixel.
    fn under(&self, pixel: Point) -> Option<Point> {
        let (scale, corner) = self.scale()?;
        let seen = self.seen();
        Some(Point::new(
            seen.x + (pixel.x - corner.x) / scale,
            seen.y + (pixel.y - corner.y) / scale,
        ))
    }

    fn write(&self) {
        let (Some(area), seen) = (self.area.cast::<Element>(), self.seen()) else { return };
        let view_box = format!("{:.1} {:.1} {:.1} {:.1}", seen.x, seen.y, seen.width, seen.height);
        let sheets = area.children();
        for sheet in (0..sheets.length()).filter_map(|index| sheets.item(index)) {
            if sheet.tag_name() == "svg" {
                let _ = sheet.set_attribute("viewBox", &view_box);
            }
        }
        let _ = area.class_list().toggle_with_force("zoomed", self.part.get().is_some());
    }

    fn listen(self: &Rc<Self>) -> Vec<EventListener> {
        let Some(area) = self.area.cast::<Element>() else { return Vec::new() };
        let on = |name: &'static str, act: fn(&Viewport, &Event)| {
            let viewport = self.clone();
            let options = EventListenerOptions::enable_prevent_default();
            EventListener::new_with_options(&area, name, options, move |event| {
                act(&viewport, event)
            })
        };
        let swallow = {
            let viewport = self.clone();
            let options = EventListenerOptions::run_in_capture_phase();
            // The click at the end of a drag is none.
            EventListener::new_with_options(&area, "click", options, move |event| {
                if viewport.dragged.take() {
                    event.stop_propagation();
                }
            })
        };
        vec![
            on("wheel", Viewport::wheel),
            on("pointerdown", Viewport::press),
            on("pointermove", Viewport::drag),
            on("pointerup", Viewport::release),
            on("pointercancel", Viewport::release),
            on("keydown", Viewport::key),
            swallow,
        ]
    }

    fn wheel(&self, event: &Event) {
        let Some(wheel) = event.dyn_ref::<WheelEvent>() else { return };
        // Where the page itself scrolls, the wheel alone is the page's.
        if !is_on_map(event) || (page_scrolls() && !wheel.ctrl_key()) {
            return;
        }
        event.prevent_default();
        if wheel.shift_key() {
            self.pan(-(wheel.delta_x() + wheel.delta_y()) as f32, 0.0);
            return;
        }
        let pixel = Point::new(wheel.client_x() as f32, wheel.client_y() as f32);
        let speed = if wheel.ctrl_key() { 0.01 } else { 0.0016 };
        if let Some(fixed) = self.under(pixel) {
            self.zoom((-wheel.delta_y() as f32 * speed).clamp(-0.5, 0.5).exp(), fixed);
        }
    }

    fn press(&self, event: &Event) {
        let Some(pointer) = event.dyn_ref::<PointerEvent>() else { return };
        if !is_on_map(event) || pointer.button() != 0 {
            return;
        }
        let at = pixel_of(pointer);
        self.dragged.set(false);
        self.start.set(at);
        self.pressed.borrow_mut().insert(pointer.pointer_id(), at);
    }

    fn drag(&self, event: &Event) {
        let Some(pointer) = event.dyn_ref::<PointerEvent>() else { return };
        let (id, at) = (pointer.pointer_id(), pixel_of(pointer));
        let Some(before) = self.pressed.borrow().get(&id).copied() else { return };
        // On a page that scrolls, one finger scrolls it until the map is zoomed.
        let touch = pointer.pointer_type() == "touch";
        let other = self.pressed.borrow().iter().find(|(it, _)| **it != id).map(|(_, at)| *at);
        if touch && other.is_none() && self.part.get().is_none() {
            return;
        }
        if !self.dragged.get() && at.distance(self.start.get()) < CLICK {
            return;
        }
        if !self.dragged.replace(true)
            && let Some(area) = self.area.cast::<Element>()
        {
            let _ = area.set_pointer_capture(id);
        }
        self.pressed.borrow_mut().insert(id, at);
        match other {
            None => self.pan(at.x - before.x, at.y - before.y),
            Some(other) => {
                let spread = at.distance(other) / before.distance(other).max(1.0);
                let middle = Point::new((at.x + other.x) / 2.0, (at.y + other.y) / 2.0);
                if let Some(fixed) = self.under(middle) {
                    self.zoom(spread, fixed);
                }
            }
        }
        event.prevent_default();
    }

    fn release(&self, event: &Event) {
        if let Some(pointer) = event.dyn_ref::<PointerEvent>() {
            self.pressed.borrow_mut().remove(&pointer.pointer_id());
        }
    }

    fn key(&self, event: &Event) {
        let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
        if !is_on_map(event) || key.ctrl_key() || key.meta_key() || key.alt_key() {
            return;
        }
        let on_sheet = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let on_sheet = on_sheet.filter(|element| element.tag_name() == "svg");
        match key.key().as_str() {
            "+" | "=" => self.step(true),
            "-" | "_" => self.step(false),
            "0" => self.fit(),
            arrow @ ("ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown") => {
                let (x, y) = match arrow {
                    "ArrowLeft" => (-1.0, 0.0),
                    "ArrowRight" => (1.0, 0.0),
                    "ArrowUp" => (0.0, -1.0),
                    _ => (0.0, 1.0),
                };
                match on_sheet {
                    Some(_) => self.pan(-x * ARROW, -y * ARROW),
                    None => focus::move_towards(&self.area, x, y),
                }
            }
            _ => return,
        }
        event.prevent_default();
    }
}
