//! The functions that derived code calls: they select one of several fields by its position.
//!
//! The derived body is one call with all fields rather than a match. The compiler checks every body of every struct, a
//! catalogue has thousands of them, and a match costs two blocks and a resolved call for each field. The functions here
//! are generic: they are compiled only where a struct is really read or written (ARCHITECTURE.md, "What the catalogue costs
//! to compile").

use crate::{Field, Slot, View};

macro_rules! fields {
    ($slot:ident $view:ident: $($index:literal $field:ident $type:ident),*) => {
        #[allow(missing_docs, clippy::too_many_arguments, reason = "one argument a field; called by derived code alone")]
        #[inline]
        pub fn $slot<'a, $($type: Field),*>(index: usize, $($field: &'a mut $type),*) -> Slot<'a> {
            match index {
                $($index => $field.slot(),)*
                _ => Slot::Unknown,
            }
        }

        #[allow(missing_docs, clippy::too_many_arguments, reason = "one argument a field; called by derived code alone")]
        #[inline]
        pub fn $view<'a, $($type: Field),*>(index: usize, $($field: &'a $type),*) -> View<'a> {
            match index {
                $($index => $field.view(),)*
                _ => View::Absent,
            }
        }
    };
}

fields!(slot_1 view_1: 0 a A);
fields!(slot_2 view_2: 0 a A, 1 b B);
fields!(slot_3 view_3: 0 a A, 1 b B, 2 c C);
fields!(slot_4 view_4: 0 a A, 1 b B, 2 c C, 3 d D);
fields!(slot_5 view_5: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E);
fields!(slot_6 view_6: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F);
fields!(slot_7 view_7: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G);
fields!(slot_8 view_8: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H);
fields!(slot_9 view_9: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I);
fields!(slot_10 view_10: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J);
fields!(slot_11 view_11: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K);
fields!(slot_12 view_12: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K, 11 l L);
fields!(slot_13 view_13: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K, 11 l L, 12 m M);
fields!(slot_14 view_14: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K, 11 l L, 12 m M, 13 n N);
fields!(slot_15 view_15: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K, 11 l L, 12 m M, 13 n N, 14 o O);
fields!(slot_16 view_16: 0 a A, 1 b B, 2 c C, 3 d D, 4 e E, 5 f F, 6 g G, 7 h H, 8 i I, 9 j J, 10 k K, 11 l L, 12 m M, 13 n N, 14 o O, 15 p P);
