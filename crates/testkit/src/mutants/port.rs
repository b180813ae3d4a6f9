//! The macro that implements a port for a mutant.

use super::mutant::Mutant;

/// A port, as the source of its mutants.
pub(super) trait Port {
    /// Returns all mutants of the port.
    fn mutants() -> Vec<Mutant>;
}

/// Implements a port for a store that breaks one method, and lists its mutants. Each method calls its namesake of
/// the inner store. `reads` and `writes` are those of [`Method`](super::mutant::Method). The compiler rejects a
/// list from which a method of the port is missing.
macro_rules! port {
    ($port:ident for $target:ident by $reach:ident of $receiver:ty, $error:ty {
        $($kind:ident $method:ident($($argument:ident: $type:ty),* $(,)?) -> $answer:ty;)+
    } $(also { $($own:tt)* })?) => {
        #[async_trait::async_trait]
        impl $port for $target {
            $(
                async fn $method(self: $receiver $(, $argument: $type)*) -> Result<$answer, $error> {
                    let name = concat!(stringify!($port), "::", stringify!($method));
                    let mut call = $crate::mutants::call::Call::<$answer, $error>::start(&self.shared, name);
                    while call.goes_on() {
                        $(
                            let mut $argument = <$type as $crate::mutants::argument::Argument>::own($argument);
                            call.argument(&mut $argument);
                        )*
                        if call.needs_store() {
                            let store = self.$reach()?;
                            $(let $argument = $crate::mutants::argument::Argument::lend(&$argument);)*
                            let answer = store.$method($($argument),*).await;
                            call.answered(answer);
                        }
                        if let Some(ending) = call.ending() {
                            self.renew(ending).await?;
                        }
                    }
                    call.finish()
                }
            )+

            $($($own)*)?
        }

        impl $crate::mutants::port::Port for dyn $port {
            fn mutants() -> Vec<$crate::mutants::mutant::Mutant> {
                let mut mutants = Vec::new();
                $(
                    let name = concat!(stringify!($port), "::", stringify!($method));
                    #[allow(unused_mut, reason = "a method may have no argument")]
                    let mut method = $crate::mutants::mutant::Method::new(name);
                    $(method.argument::<<$type as $crate::mutants::argument::Argument>::Owned>(
                        stringify!($argument),
                    );)*
                    method.$kind::<$answer>();
                    $target::complete(&mut method);
                    mutants.extend(method.into_mutants());
                )+
                mutants
            }
        }
    };
}
pub(super) use port;
