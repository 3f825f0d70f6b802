import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('voices', '0002_favourites'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pronunciation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('word', models.CharField(max_length=64, verbose_name='word')),
                ('said', models.CharField(max_length=120, verbose_name='said as')),
                ('match_case', models.BooleanField(default=False, verbose_name='mind capitals')),
                ('key', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pronunciations', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'pronunciation',
                'verbose_name_plural': 'pronunciations',
                'ordering': ['key', 'pk'],
                'constraints': [models.UniqueConstraint(fields=('user', 'key', 'match_case'), name='pronunciation_once_per_word')],
            },
        ),
    ]
