"""scikit-learn's fit callbacks (1.9 and later); before that, the same calls that do nothing."""

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:

    def with_callbacks(method):
        """The method itself: there are no callbacks to tear down."""
        return method

    class _SilentContext:
        """Stands where a callback context would: nobody listens."""

        def subcontext(self, **_):
            return self

        def call_on_fit_task_begin(self, **_):
            return self

        def call_on_fit_task_end(self, **_):
            return False

    class CallbackSupportMixin:
        """What scikit-learn 1.9 gives estimators, silent."""

        def _init_callback_context(self, **_):
            return _SilentContext()


__all__ = ["CallbackSupportMixin", "with_callbacks"]
