urlpatterns = []
app_name = "public"
