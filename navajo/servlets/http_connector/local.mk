libnavajo_la_SOURCES += \
	%D%/forwarded_call.cc \
	%D%/forwarded_call.h \
	%D%/http_connector_servlet.cc \
	%D%/http_connector_servlet.h \
	%D%/joined_text.h \
	%D%/location.cc \
	%D%/location.h \
	%D%/request_body.cc \
	%D%/request_body.h \
	%D%/request_head.cc \
	%D%/request_head.h \
	%D%/response_forwarder.cc \
	%D%/response_forwarder.h \
	%D%/settings.cc \
	%D%/settings.h \
	%D%/value_template.cc \
	%D%/value_template.h
EXTRA_DIST += %D%/README.md %D%/example.xml
