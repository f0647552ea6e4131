libnavajo_la_SOURCES += \
	%D%/attributes.h \
	%D%/authentication.h \
	%D%/backend_timeout.h \
	%D%/event.h \
	%D%/explanation.h \
	%D%/fakes.h \
	%D%/forward_target.h \
	%D%/head_only_response.h \
	%D%/login_renderer.h \
	%D%/request.h \
	%D%/request_wrapper.h \
	%D%/response.h \
	%D%/servlet.h \
	%D%/session.h \
	%D%/status_source.cc \
	%D%/status_source.h \
	%D%/text_body.cc \
	%D%/text_body.h \
	%D%/upgrade.h
