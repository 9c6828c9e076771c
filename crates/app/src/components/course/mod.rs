//! The parts of the course, one component to a file.

mod catalogue;
mod catalogue_line;
mod check_list;
mod confirm;
mod end_view;
mod exam_clock;
mod exam_panel;
mod exam_report;
mod exam_start;
mod guide_view;
mod hints;
mod lesson_foot;
mod lesson_panel;
mod own_lessons;
mod predict_view;
mod progress_row;
mod prose;
mod question;
mod recall_view;
mod reveal;
mod review;
mod step_view;
mod try_view;
mod watch_view;

pub use catalogue::Catalogue;
pub use exam_start::ExamStart;
pub use guide_view::GuideView;
pub use lesson_panel::LessonPanel;
